"""Alerts over HTTP: which thresholds were reached, and what became of it."""

from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from fastapi.responses import Response
from sqlalchemy import Row

from services.trigger.api.asking import shows
from services.trigger.tables import alerts
from services.trigger.thresholds import threshold_of
from shared.database import transaction
from shared.web import CurrentContext, Identifier, Paging, PathIdentifier, Problem, answer, require, router

routes = router(tags=["alerts"])

_EXAMPLE = {
    "id": "6b0c3c2e6f0d4f7f8c1f0a9b7d5e3f21",
    "account": "acct-42",
    "meter": "api_calls",
    "threshold": 95,
    "epoch": "2026-11-01T00:00:00Z",
    "state": "open",
    "resolution": None,
    "again": False,
    "used": 9600,
    "limit": 10000,
    "percent": 96,
    "reached_at": "2026-11-22T05:00:00.250Z",
    "resolved_at": None,
    "notified": True,
    "decision": "1d7e5a3c9b8f4e6da2c1b0f9e8d7c6b5",
}
State = Literal["open", "superseded", "resolved"]


@routes.get(
    "/v1/alerts",
    summary="Alerts, newest first",
    responses=shows({"data": [_EXAMPLE], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def read_all(
    page: Paging,
    context: CurrentContext,
    account: Annotated[Identifier | None, Query()] = None,
    meter: Annotated[Identifier | None, Query()] = None,
    state: Annotated[State | None, Query()] = None,
) -> Response:
    async with transaction(context.engine) as conn:
        rows = await alerts.list_alerts(conn, account=account, meter=meter, state=state, before=page.before, limit=page.fetch)
    return answer(page.body(rows, lambda row: [row.seq], shown))


@routes.get("/v1/alerts/{id}", summary="One alert", responses=shows(_EXAMPLE), dependencies=[Depends(require("read"))])
async def read_one(id: PathIdentifier, context: CurrentContext) -> Response:
    async with transaction(context.engine) as conn:
        row = await alerts.find_alert(conn, id)
    if row is None:
        raise Problem(404, "No alert has this id.")
    return answer(shown(row))


def shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "account": row.account,
        "meter": row.meter,
        "threshold": threshold_of(row.threshold).json,
        "epoch": row.epoch,
        "state": row.state,
        "resolution": row.resolution,
        "again": row.again,
        "used": row.used,
        "limit": row.limit,
        "percent": row.percent,
        "reached_at": row.reached_at,
        "resolved_at": row.resolved_at,
        "notified": row.notified,
        "decision": row.decision,
    }
