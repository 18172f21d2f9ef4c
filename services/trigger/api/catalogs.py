"""The catalogue over HTTP: apply it, read it, or check it without applying."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from typing_extensions import TypedDict

from services.trigger.api.common import CurrentWatch, shows
from services.trigger.subscriptions import plan_changes
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
_METERS = {
    "api_calls": {
        "event": "api.request",
        "aggregation": "count",
        "reset": "period",
        "unit": "call",
        "name": {"en": "API calls", "ja": "API呼び出し"},
    }
}
_EXAMPLE: dict[str, Any] = {
    "currency": "USD",
    "thresholds": [80, 90, 95, 100],
    "meters": _METERS,
    "plans": [
        {
            "id": "starter",
            "rank": 1,
            "price": {"month": 49, "year": 588},
            "purchase": "self_serve",
            "limits": {"api_calls": "10K"},
            "support": {"channels": ["email"], "first_response_hours": 48, "csm": "none"},
            "features": ["core"],
        }
    ],
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
    """`warnings`: valid, but possibly not what was meant."""

    version: int
    warnings: list[FaultShown]


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
    responses=shows({"version": 3} | _WARNED),
    dependencies=[Depends(require("catalog:write"))],
)
async def put_catalog(
    request: Request, context: CurrentContext, watch: CurrentWatch, author: CurrentAuthor
) -> Answer[CatalogTaken]:
    """The same content keeps its version. 422 lists every fault and changes nothing."""
    written = await _read(request)
    with _valid():
        async with transaction(context.engine) as conn:
            version = await plan_changes.apply_catalog(
                conn, watch.catalogs, written.catalog, author, context.clock.now()
            )
    return answer({"version": version, "warnings": _warnings(written)})


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
    catalog = written.catalog
    async with transaction(context.engine) as conn:
        version, applied = (
            await watch.catalogs.find(conn, catalog),
            await watch.catalogs.in_force(conn),
        )
        faults = (
            []
            if applied is None
            else await plan_changes.uncountable(conn, watch.catalogs, applied.catalog, catalog)
        )
    if faults:
        raise _invalid(written.placed(faults))
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
    return answer({**catalog_document(catalog), "version": version or applied.version})


async def _read(request: Request) -> Written:
    media = _MEDIA[media_type(request, _MEDIA)]
    body = await request.body()
    with _valid():
        return await asyncio.to_thread(read_catalog, body, media)


@contextmanager
def _valid() -> Iterator[None]:
    try:
        yield
    except CatalogUnreadable as error:
        raise Problem(
            400, "The catalogue could not be read: see errors.", errors=error.faults
        ) from None
    except CatalogError as error:
        raise _invalid(error.faults) from None


def _invalid(faults: Iterable[Fault]) -> Problem:
    return Problem(422, "The catalogue is not valid: see errors.", errors=tuple(faults))


def _warnings(written: Written) -> list[FaultShown]:
    return [fault_shown(fault) for fault in written.placed(lint_catalog(written.catalog))]
