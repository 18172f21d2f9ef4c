"""Versions of the catalogue over HTTP: all of them, and one as JSON or as YAML."""

import asyncio
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from fastapi.responses import Response
from sqlalchemy import Row
from typing_extensions import TypedDict

from services.trigger.api.catalogue.examples import CATALOGUE
from services.trigger.api.common import CurrentWatch, shows
from services.trigger.api.work.actors import tag
from services.trigger.process.deals.shapes import ByShown
from services.trigger.tables import catalogs
from shared.answers import MomentText
from shared.catalog import catalog_document
from shared.catalog.shape import AppliedCatalog
from shared.catalog.yaml_text import yaml_text
from shared.postgres.database import transaction
from shared.values.moments import iso
from shared.web import Answer, CurrentContext, Paging, Problem, answer, require, router

routes = router(tags=["catalogue"])

YAML = "application/yaml"
_YAML = ("application/yaml", "application/x-yaml", "text/yaml")
MOST = 2**31 - 1
Version = Annotated[int, Path(ge=1, le=MOST, description="A version of the catalogue")]


class VersionShown(TypedDict):
    """`applied_at`, `applied_by`: the last time it was put in force; by whom is null if that was
    not recorded. `accounts`: how many have a running subscription that was sold with it, and keep
    its limits, prices and thresholds.
    """

    version: int
    applied_at: MomentText
    applied_by: ByShown | None
    accounts: int


class Versions(TypedDict):
    """A page of versions. The first of all is in force."""

    data: list[VersionShown]
    next_cursor: str | None


_VERSION = {
    "version": 3,
    "applied_at": "2026-11-22T05:00:00Z",
    "applied_by": {"kind": "person", "id": "u7"},
    "accounts": 812,
}
_EITHER: dict[int | str, dict[str, Any]] = shows({"version": 3} | CATALOGUE, model=AppliedCatalog)
_EITHER[200]["content"][YAML] = {
    "schema": {"$ref": "#/components/schemas/CatalogDocument"},
    "example": CATALOGUE,
}


@routes.get(
    "/v1/catalogs",
    summary="List versions of the catalogue",
    responses=shows({"data": [_VERSION], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_catalogs(page: Paging, context: CurrentContext) -> Answer[Versions]:
    """The one in force first; then the others, the last one applied before the rest."""
    async with transaction(context.engine) as conn:
        rows = await catalogs.page(conn, page.before, page.fetch, context.clock.now())
    return answer(page.body(rows, lambda row: [row.revision], _shown))


@routes.get(
    "/v1/catalogs/{version}",
    summary="Get a version of the catalogue",
    responses=_EITHER,
    dependencies=[Depends(require("read"))],
)
async def get_catalog_version(
    version: Version, request: Request, context: CurrentContext, watch: CurrentWatch
) -> Response:
    """As `GET /v1/catalog`. With `Accept: application/yaml` it is the text as it was applied, with
    its comments; a version that was applied as JSON, or before texts were kept, is written out.
    """
    async with transaction(context.engine) as conn:
        try:
            catalog = await watch.catalogs.version(conn, version)
        except KeyError:
            raise Problem(404, "There is no such version.") from None
        text = await catalogs.written(conn, version)
    if not _wants_yaml(request):
        shown: AppliedCatalog = {**catalog_document(catalog), "version": version}
        return answer(shown, headers=tag(version))
    if text is None:
        text = (await asyncio.to_thread(yaml_text, catalog_document(catalog))).encode()
    return Response(text, media_type=f"{YAML}; charset=utf-8", headers=tag(version))


def _wants_yaml(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return any(one in accepted for one in _YAML)


def _shown(row: Row[Any]) -> VersionShown:
    by: ByShown | None = None if row.by_kind is None else {"kind": row.by_kind, "id": row.by_id}
    return {
        "version": row.version,
        "applied_at": iso(row.applied_at),
        "applied_by": by,
        "accounts": row.accounts,
    }
