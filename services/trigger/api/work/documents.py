"""The documents of an opportunity, each alone or all in one archive."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Query
from fastapi.responses import Response
from sqlalchemy import Row

from services.trigger.api.accounts import LocaleTag
from services.trigger.api.common import CurrentWatch
from services.trigger.opportunities.logs import Logs
from services.trigger.printouts.printer import NotPrintable, Printer, PrintFailed, zipped
from services.trigger.process.documents.documents import NAMES, document
from services.trigger.process.documents.subject import Subject
from services.trigger.tables.process import opportunities as head_rows
from shared.postgres.database import transaction
from shared.telemetry.logs import log
from shared.web import (
    CurrentContext,
    Identifier,
    PathIdentifier,
    Problem,
    require,
    router,
    unavailable,
)
from shared.wording.document import html

routes = router(tags=["opportunities"])

Format = Literal["html", "pdf"]
Form = Annotated[Format, Query(description="`pdf`: PDF/UA-1, where installed")]
Lang = Annotated[LocaleTag | None, Query(description="A language tag; else the account's language")]
_TYPES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox"
    )
}
_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_PAGE = '<!doctype html><html lang="en"><title>Executive summary</title></html>'
_MISSING: dict[int | str, dict[str, Any]] = {406: {"description": "PDF cannot be written here"}}
_PRINTER = Printer()


@routes.get(
    "/v1/opportunities/{id}/documents/{name}",
    summary="Get a document of an opportunity",
    response_class=Response,
    responses={
        200: {
            "content": {
                "text/html": {"schema": {"type": "string"}, "example": _PAGE},
                "application/pdf": _FILE,
            }
        },
        **_MISSING,
    },
    dependencies=[Depends(require("read"))],
)
async def get_document(
    id: PathIdentifier,
    name: Identifier,
    context: CurrentContext,
    watch: CurrentWatch,
    format: Form = "html",
    lang: Lang = None,
) -> Response:
    """For those who decide at the customer, as of now: `executive_summary`, `roi_analysis`,
    `plan_comparison`, `security_docs`, `case_study`. One file that loads nothing.
    """
    if name not in NAMES:
        raise Problem(404, f"There is no document of this name: one of {', '.join(NAMES)}.")
    of = await _subject(context, watch, id, lang)
    (content,) = await _written(of, [name], format)
    headers = {"Content-Disposition": f'inline; filename="{name}.{format}"', **_HEADERS}
    return Response(content, media_type=_TYPES[format], headers=headers)


@routes.get(
    "/v1/opportunities/{id}/bundle",
    summary="Get all documents of an opportunity",
    response_class=Response,
    responses={
        200: {"content": {"application/zip": {**_FILE, "example": "PK"}}},
        **_MISSING,
    },
    dependencies=[Depends(require("read"))],
)
async def get_bundle(
    id: PathIdentifier,
    context: CurrentContext,
    watch: CurrentWatch,
    format: Form = "html",
    lang: Lang = None,
) -> Response:
    """The five documents in one archive. The same opportunity on the same day gives the same
    bytes.
    """
    of = await _subject(context, watch, id, lang)
    written = await _written(of, NAMES, format)
    files = {f"{name}.{format}": one for name, one in zip(NAMES, written, strict=True)}
    content = await asyncio.to_thread(zipped, files)
    headers = {"Content-Disposition": 'attachment; filename="documents.zip"', **_HEADERS}
    return Response(content, media_type="application/zip", headers=headers)


async def _subject(
    context: CurrentContext, watch: CurrentWatch, id: str, lang: str | None
) -> Subject:
    """Read in one transaction; nothing is laid out in it."""
    async with transaction(context.engine) as conn:
        row = await head_rows.find(conn, id)
        logs = Logs(watch.judgement.loader)
        known = row and await logs.context(conn, row.account, context.clock.now(), _named(row))
        if row is None or known is None:
            raise Problem(404, "No opportunity has this id.")
        state = await logs.state(conn, row, known)
    return Subject(state, replace(known, language=lang))


def _named(row: Row[Any]) -> list[str]:
    """Whose names stand in a document."""
    owner = msgspec.json.decode(row.owner)["id"]
    step = None if row.next_step is None else msgspec.json.decode(row.next_step)["owner"]
    return [one for one in (owner, step) if one]


async def _written(of: Subject, names: Sequence[str], format: Format) -> list[bytes]:
    pages = await asyncio.to_thread(lambda: [html(document(name, of)) for name in names])
    if format == "html":
        return [page.encode() for page in pages]
    try:
        return await _PRINTER.pdf(pages)
    except NotPrintable as missing:
        raise Problem(
            406,
            f"PDF cannot be written here ({missing}): `plimsoll doctor` says what to install. "
            "format=html can be printed by any browser.",
        ) from None
    except PrintFailed as failed:
        log.warning("document_not_printed", opportunity=of.state.id, reason=str(failed))
        raise unavailable("The PDF could not be written: ask for format=html.") from None
