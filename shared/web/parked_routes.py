"""Parked accounts, and an immediate retry."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query
from sqlalchemy import Row
from typing_extensions import TypedDict

from shared.audit import trail
from shared.audit.trail import Done
from shared.loop import parked_rows
from shared.postgres.database import transaction
from shared.web.dependencies import CurrentAuthor, CurrentContext, require
from shared.web.models import Identifier
from shared.web.paging import Paging
from shared.web.problems import Problem
from shared.web.routing import Answer, answer, router

routes = router(tags=["operations"])

ServiceName = Literal["ingest", "trigger", "notifier"]


class Parked(TypedDict):
    """An account parked after a fault in one part of its work. `lanes`: which work waits.
    `records`: how many, at least one.
    """

    id: str
    service: ServiceName
    account: str
    lanes: list[str]
    part: str
    reason: str
    since: datetime
    attempts: int
    records: int
    next_attempt_at: datetime | None
    traceback: str


class ParkedAccounts(TypedDict):
    """A page of parked accounts."""

    data: list[Parked]
    next_cursor: str | None


_EXAMPLE = {
    "id": "17",
    "service": "trigger",
    "account": "acct-42",
    "lanes": ["usage.totals"],
    "part": "thresholds",
    "reason": "error: OverflowError",
    "since": "2026-11-22T05:00:00Z",
    "attempts": 3,
    "records": 2,
    "next_attempt_at": "2026-11-22T05:00:04Z",
    "traceback": "services/trigger/alerts/watch.py:80 in _look\nOverflowError",
}


def _shows(example: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": example}}}}


@routes.get(
    "/v1/parked",
    summary="List accounts parked after a fault",
    description=(
        "What waits, why, and when it is retried automatically. All other accounts continue."
    ),
    responses=_shows({"data": [_EXAMPLE], "next_cursor": None}),
    dependencies=[Depends(require("operate"))],
)
async def list_parked(
    page: Paging,
    context: CurrentContext,
    service: Annotated[ServiceName | None, Query(description="Only in this service")] = None,
    account: Annotated[Identifier | None, Query(description="Only this account")] = None,
) -> Answer[ParkedAccounts]:
    async with transaction(context.engine) as conn:
        rows = await parked_rows.listed(
            conn, service=service, account=account, before=page.before, limit=page.fetch
        )
    return answer(page.body(rows, lambda row: [row.id], _shown))


@routes.post(
    "/v1/parked/{id}:retry",
    summary="Retry an account now",
    description="Retries within a second. If it fails again, the pause keeps growing.",
    responses=_shows(_EXAMPLE),
    dependencies=[Depends(require("operate"))],
)
async def retry_parked(
    id: Annotated[str, Path(max_length=256)], context: CurrentContext, author: CurrentAuthor
) -> Answer[Parked]:
    async with transaction(context.engine) as conn:
        row = (
            await parked_rows.retry(conn, int(id), context.clock.now())
            if id.isascii() and id.isdecimal() and len(id) < 19
            else None
        )
        if row is None:
            raise Problem(404, "Nothing is parked under this id.")
        done = Done("retry", "parked", id, context.clock.now(), row.account)
        await trail.write(conn, author, done)
    return answer(_shown(row))


def _shown(row: Row[Any]) -> Parked:
    return {
        "id": str(row.id),
        "service": row.service,
        "account": row.account,
        "lanes": row.lanes,
        "part": row.part,
        "reason": row.reason,
        "since": row.since,
        "attempts": row.attempts,
        "records": row.records,
        "next_attempt_at": row.next_attempt_at,
        "traceback": row.traceback,
    }
