"""Alerts over HTTP: which thresholds were reached, and what happened to each."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from sqlalchemy import Row
from typing_extensions import TypedDict

from services.trigger.api.common import shows
from services.trigger.tables import alerts
from services.trigger.tables.alerts import State
from services.trigger.thresholds import Resolution, threshold_of
from shared.answers import Amount, ThresholdShown
from shared.postgres.database import transaction
from shared.web import (
    Answer,
    CurrentContext,
    Identifier,
    Paging,
    PathIdentifier,
    Problem,
    answer,
    require,
    router,
)

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


class Alert(TypedDict):
    """`notified` is true for the one alert of a crossing that produced the message.

    `epoch` is opaque.
    """

    id: str
    account: str
    meter: str
    threshold: ThresholdShown
    epoch: str
    state: State
    resolution: Resolution | None
    again: bool
    used: Amount
    limit: Amount | None
    percent: int | None
    reached_at: datetime
    resolved_at: datetime | None
    notified: bool
    decision: str | None


class Alerts(TypedDict):
    """A page of alerts."""

    data: list[Alert]
    next_cursor: str | None


@routes.get(
    "/v1/alerts",
    summary="List alerts",
    responses=shows({"data": [_EXAMPLE], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_alerts(
    page: Paging,
    context: CurrentContext,
    account: Annotated[Identifier | None, Query(description="Only for this account")] = None,
    meter: Annotated[Identifier | None, Query(description="Only for this meter")] = None,
    state: Annotated[State | None, Query(description="Only in this state")] = None,
) -> Answer[Alerts]:
    """Newest first, optionally of one account, one meter or one state."""
    async with transaction(context.engine) as conn:
        rows = await alerts.list_alerts(
            conn, account=account, meter=meter, state=state, before=page.before, limit=page.fetch
        )
    return answer(page.body(rows, lambda row: [row.seq], shown))


@routes.get(
    "/v1/alerts/{id}",
    summary="Get an alert",
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def get_alert(id: PathIdentifier, context: CurrentContext) -> Answer[Alert]:
    """Includes alerts that were resolved long ago."""
    async with transaction(context.engine) as conn:
        row = await alerts.find_alert(conn, id)
    if row is None:
        raise Problem(
            404,
            "No alert has this id. "
            f"Alerts are kept for {context.settings.keep_decisions} days after they end.",
        )
    return answer(shown(row))


def shown(row: Row[Any]) -> Alert:
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
