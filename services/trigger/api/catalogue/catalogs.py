"""The catalogue over HTTP: apply it, read it, or check it without applying."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, NotRequired

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger.alerts.watch import Watch
from services.trigger.api.catalogue import differences
from services.trigger.api.catalogue.differences import Differences
from services.trigger.api.catalogue.examples import CATALOGUE as _EXAMPLE
from services.trigger.api.common import CurrentWatch, shows
from services.trigger.api.work.actors import MatchHeader, revision_of, tag
from services.trigger.subscriptions import catalog_changes
from services.trigger.subscriptions.catalog_changes import Application, Superseded
from shared.answers import FaultShown
from shared.catalog import (
    CatalogError,
    CatalogUnreadable,
    Media,
    Written,
    catalog_document,
    lint_catalog,
    read_catalog,
)
from shared.catalog.shape import AppliedCatalog
from shared.postgres.database import transaction
from shared.values.faults import Fault
from shared.web import (
    Answer,
    CurrentAuthor,
    CurrentContext,
    Flag,
    Problem,
    answer,
    media_type,
    require,
    router,
)
from shared.web.problems import fault_shown

routes = router(tags=["catalogue"])

_MEDIA: dict[str, Media] = {
    "application/yaml": "application/yaml",
    "application/x-yaml": "application/yaml",
    "text/yaml": "application/yaml",
    "application/json": "application/json",
}
_DOCUMENT = {"$ref": "#/components/schemas/CatalogDocument"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/yaml": {"schema": _DOCUMENT, "example": _EXAMPLE},
            "application/json": {"schema": _DOCUMENT, "example": _EXAMPLE},
        },
    }
}


class CatalogTaken(TypedDict):
    """`warnings`: valid, but possibly not what was meant. With `dry_run`: `version` is 0 if it
    would be a new one, and `changes` is what would be different from the one in force.
    """

    version: int
    warnings: list[FaultShown]
    changes: NotRequired[Differences]


class Taken(TypedDict):
    version: int
    changes: NotRequired[Differences]


class CatalogChecked(TypedDict):
    version: int | None
    warnings: list[FaultShown]


_WARNED = {
    "warnings": [
        {
            "path": "/plans",
            "reason": "too_few_plans: three or four plans let people choose",
            "line": 9,
            "column": 1,
        }
    ]
}


@routes.put(
    "/v1/catalog",
    summary="Apply a catalogue",
    openapi_extra=_BODY,
    responses=shows({"version": 3} | _WARNED | {"changes": differences.EXAMPLE}),
    dependencies=[Depends(require("catalog:write"))],
)
async def put_catalog(
    request: Request,
    context: CurrentContext,
    watch: CurrentWatch,
    author: CurrentAuthor,
    match: MatchHeader = None,
    dry_run: Annotated[Flag, Query(description="Only say what would change")] = False,
) -> Answer[CatalogTaken]:
    """The same content keeps its version. 422 lists every fault and changes nothing.

    With `If-Match: "VERSION"` it is 412 if another version is in force; `"0"`: if there is one.
    `dry_run`: refused like the real one, and answers with what would change, and for whom.
    """
    written = await _read(request)
    how = Application(await _yaml(request), revision_of(match))
    now = context.clock.now()
    try:
        with _valid(written):
            async with transaction(context.engine) as conn:
                taken: Taken
                if dry_run:
                    taken = await _tried(conn, watch, written, how, now)
                else:
                    taken = {
                        "version": await catalog_changes.apply_catalog(
                            conn, watch.catalogs, written.catalog, author, now, how
                        )
                    }
    except Superseded as error:
        raise _superseded(error) from None
    shown: CatalogTaken = {"version": 0, "warnings": _warnings(written), **taken}
    return answer(shown, headers=None if dry_run else tag(taken["version"]))


async def _tried(
    conn: AsyncConnection, watch: Watch, written: Written, how: Application, now: datetime
) -> Taken:
    await catalog_changes.check_catalog(conn, watch.catalogs, written.catalog, how)
    version = await watch.catalogs.find(conn, written.catalog)
    found = await differences.of_new(conn, watch.catalogs, written.catalog, version, now)
    return {"version": version or 0, "changes": found}


@routes.post(
    "/v1/catalog:check",
    summary="Check a catalogue without applying it",
    openapi_extra=_BODY,
    responses=shows({"version": None} | _WARNED),
    dependencies=[Depends(require("catalog:write"))],
)
async def check_catalog(
    request: Request, context: CurrentContext, watch: CurrentWatch
) -> Answer[CatalogChecked]:
    """`version`: the version of this content; null if it would be a new one. Faults and warnings
    of YAML have the line and column they are about.
    """
    written = await _read(request)
    with _valid(written):
        async with transaction(context.engine) as conn:
            await catalog_changes.check_catalog(conn, watch.catalogs, written.catalog)
            version = await watch.catalogs.find(conn, written.catalog)
    return answer({"version": version, "warnings": _warnings(written)})


@routes.get(
    "/v1/catalog",
    summary="Get the catalogue in force",
    responses=shows({"version": 3} | _EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def get_catalog(
    context: CurrentContext,
    watch: CurrentWatch,
    version: Annotated[
        int | None,
        Query(
            ge=1, le=2**31 - 1, description="An older version, which subscriptions may still use"
        ),
    ] = None,
) -> Answer[AppliedCatalog]:
    """Written out with the defaults of meters and plans, but not those of the policy."""
    async with transaction(context.engine) as conn:
        applied = await watch.catalogs.in_force(conn)
        if applied is None:
            raise Problem(404, "No catalogue has been applied yet.")
        try:
            catalog = (
                applied.catalog if version is None else await watch.catalogs.version(conn, version)
            )
        except KeyError:
            raise Problem(404, "There is no such version.") from None
    shown: AppliedCatalog = {**catalog_document(catalog), "version": version or applied.version}
    return answer(shown, headers=tag(shown["version"]))


async def _read(request: Request) -> Written:
    media = _MEDIA[media_type(request, _MEDIA)]
    body = await request.body()
    with _valid():
        return await asyncio.to_thread(read_catalog, body, media)


async def _yaml(request: Request) -> bytes | None:
    """The text as people wrote it; programs write JSON."""
    return None if media_type(request, _MEDIA) == "application/json" else await request.body()


def _superseded(error: Superseded) -> Problem:
    reason = f"version {error.version} is in force" if error.version else "none is in force"
    fault = Fault("header.If-Match", reason)
    return Problem(412, "Another version of the catalogue is in force.", errors=[fault])


@contextmanager
def _valid(written: Written | None = None) -> Iterator[None]:
    """`written`: has the places of faults that were not found while it was read."""
    try:
        yield
    except CatalogUnreadable as error:
        raise Problem(
            400, "The catalogue could not be read: see errors.", errors=error.faults
        ) from None
    except CatalogError as error:
        faults = written.placed(error.faults) if written else error.faults
        raise Problem(422, "The catalogue is not valid: see errors.", errors=faults) from None


def _warnings(written: Written) -> list[FaultShown]:
    return [fault_shown(fault) for fault in written.placed(lint_catalog(written.catalog))]
