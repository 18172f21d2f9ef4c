"""Backtests that run by themselves, over HTTP: how far they are, and what they found."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger.api.common import shows
from services.trigger.backtest.rows import (
    GRAIN,
    BacktestReport,
    BacktestRow,
    DifferingRow,
    DiffersBy,
    threshold_json,
)
from services.trigger.backtest.runner import CHANNEL
from services.trigger.backtest.tally import AccountCounts, ByThreshold, TotalsShown
from services.trigger.process.deals.shapes import ByShown
from services.trigger.tables.backtests import jobs
from services.trigger.tables.backtests.jobs import Part
from shared.answers import Amount, MomentText
from shared.postgres.database import notify, transaction
from shared.values.csv_form import csv_bytes
from shared.values.moments import iso
from shared.web import (
    Answer,
    CurrentContext,
    Identifier,
    Paging,
    PathIdentifier,
    Problem,
    answer,
    no_content,
    require,
    router,
)
from shared.web.models import parse_moment

routes = router(tags=["judgement"])

MOST_SHOWN = 1_000
"""Messages of each list in one answer."""
State = Literal["queued", "running", "done", "failed"]


class JobStarted(TypedDict):
    """`progress`: from 0 to 1."""

    id: str
    state: State
    progress: Amount


class JobListed(JobStarted):
    """`version`: of the catalogue that is tried, null for one that was never applied. `why`: what
    went wrong. `totals`: of the accounts that are done; null before the first.
    """

    version: int | None
    since: str
    account: str | None
    asked_by: ByShown
    created_at: MomentText
    started_at: MomentText | None
    finished_at: MomentText | None
    why: str | None
    totals: TotalsShown | None


class JobShown(JobListed):
    """`result`: as `POST /v1/backtests` answers, with the first 1,000 messages of each list; null
    until it is done. `complete`: whether every message was kept (50,000 are); the totals count them
    all. `by_threshold`: the most differences first.
    """

    result: BacktestReport | None
    complete: bool
    by_threshold: list[ByThreshold]


class JobList(TypedDict):
    """A page of backtests."""

    data: list[JobListed]
    next_cursor: str | None


class MessageShown(DifferingRow):
    """`plan`: the account's, when the backtest ran. `account_name`: null once it is gone."""

    account_name: str | None
    plan: str | None


class Messages(TypedDict):
    """A page of messages."""

    data: list[MessageShown]
    next_cursor: str | None


class AccountList(TypedDict):
    """A page of accounts."""

    data: list[AccountCounts]
    next_cursor: str | None


STARTED: dict[str, Any] = {
    "id": "bt_5b1c2f0e9d4a4c3f",
    "state": "running",
    "progress": Decimal("0.25"),
}
_COUNTS: dict[str, Any] = {"would": 240, "sent": 225, "only_would": 31, "only_sent": 16}
_COUNTED = {"account": "acct-42", "account_name": "Aozora", **_COUNTS}
_LISTED: dict[str, Any] = {
    **STARTED,
    "state": "done",
    "progress": 1,
    "version": None,
    "since": "90d",
    "account": None,
    "asked_by": {"kind": "person", "id": "u7"},
    "created_at": "2026-11-22T05:00:00Z",
    "started_at": "2026-11-22T05:00:01Z",
    "finished_at": "2026-11-22T05:00:48Z",
    "why": None,
    "totals": {"accounts": 1000, "differing": 29, **_COUNTS},
}
_ROW: dict[str, Any] = {
    "account": "acct-42",
    "meter": "api_calls",
    "threshold": 80,
    "kind": "usage.threshold",
    "at": "2026-11-22T05:00:00Z",
    "outcome": "notice",
}
_LONELY = {**_ROW, "differs_by": None}
_MESSAGE = {**_LONELY, "account_name": "Aozora", "plan": "starter"}
_SHOWN: dict[str, Any] = {
    **_LISTED,
    "result": {
        "grain": "hour",
        "would": [_ROW],
        "sent": [],
        "only_would": [_LONELY],
        "only_sent": [],
    },
    "complete": True,
    "by_threshold": [
        {
            "plan": "starter",
            "meter": "api_calls",
            "threshold": 80,
            "kind": "usage.threshold",
            **_COUNTS,
        }
    ],
}
_MAY = [Depends(require("catalog:write"))]
_MISSING = "No backtest has this id."


@routes.get(
    "/v1/backtests",
    summary="List backtests",
    responses=shows({"data": [_LISTED], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_backtests(page: Paging, context: CurrentContext) -> Answer[JobList]:
    """Newest first: those that wait or run, and the results that are kept, the newest 20."""
    async with transaction(context.engine) as conn:
        rows = await jobs.page(conn, page.before, page.fetch)
    return answer(page.body(rows, lambda row: [row.seq], _listed))


@routes.get(
    "/v1/backtests/{id}",
    summary="Get a backtest",
    responses=shows(_SHOWN),
    dependencies=[Depends(require("read"))],
)
async def get_backtest(
    id: PathIdentifier,
    context: CurrentContext,
    result: Annotated[bool, Query(description="false: without the messages")] = True,
) -> Answer[JobShown]:
    """How far it is; when it is done, what it found."""
    async with transaction(context.engine) as conn:
        row = await _found(conn, id)
        messages = await _result(conn, id) if result and row.state == "done" else None
    tally = jobs.tally_of(row)
    shown: JobShown = {
        **_listed(row),
        "result": messages,
        "complete": row.kept == tally.total.would + tally.total.sent,
        "by_threshold": tally.by_threshold(),
    }
    return answer(shown)


@routes.get(
    "/v1/backtests/{id}/messages",
    summary="List messages of a backtest",
    responses=shows({"data": [_MESSAGE], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_backtest_messages(
    id: PathIdentifier,
    page: Paging,
    request: Request,
    context: CurrentContext,
    part: Annotated[Part, Query(alias="list", description="Which of the four")] = "only_would",
    account: Annotated[Identifier | None, Query(description="Only this account's")] = None,
) -> Answer[Messages]:
    """In the order of time, also while it runs. With `Accept: text/csv` all that are kept."""
    as_csv = "text/csv" in request.headers.get("accept", "")
    after = [parse_moment(page.after[0]), *page.after[1:]] if page.after else None
    async with transaction(context.engine) as conn:
        await _found(conn, id)
        if as_csv:
            rows = await jobs.rows(conn, id, part, account)
        else:
            rows = await jobs.rows(conn, id, part, account, after, page.fetch)
    if as_csv:
        content = await asyncio.to_thread(_csv, rows)
        return Answer(content, media_type="text/csv; charset=utf-8")
    return answer(page.body(rows, jobs.place, _message))


@routes.get(
    "/v1/backtests/{id}/accounts",
    summary="List accounts with differences",
    responses=shows({"data": [_COUNTED], "next_cursor": None}),
    dependencies=[Depends(require("read"))],
)
async def list_backtest_accounts(
    id: PathIdentifier, page: Paging, context: CurrentContext
) -> Answer[AccountList]:
    """The most differences first."""
    after = (int(page.after[0]), str(page.after[1])) if page.after else None
    async with transaction(context.engine) as conn:
        await _found(conn, id)
        rows = await jobs.accounts(conn, id, after, page.fetch)
    return answer(page.body(rows, lambda row: [row.differing, row.account], _account))


@routes.post(
    "/v1/backtests/{id}:restart",
    summary="Restart a failed backtest",
    status_code=202,
    responses=shows({**STARTED, "state": "queued"}, 202, "Accepted"),
    dependencies=_MAY,
)
async def restart_backtest(id: PathIdentifier, context: CurrentContext) -> Answer[JobStarted]:
    """It goes on where it failed. 409 if it has not failed."""
    async with transaction(context.engine) as conn:
        state = await jobs.restart(conn, id)
        if state is None:
            raise Problem(404, _MISSING)
        if state != "failed":
            raise Problem(409, f"It has not failed: it is {state}.")
        await notify(conn, CHANNEL)
        row = await _found(conn, id)
    return answer(started(row), 202, headers=location(id))


@routes.delete(
    "/v1/backtests/{id}",
    summary="Delete a backtest",
    status_code=204,
    dependencies=_MAY,
)
async def delete_backtest(id: PathIdentifier, context: CurrentContext) -> Response:
    """One that waits or runs is cancelled within a moment; of one that is over the result goes."""
    async with transaction(context.engine) as conn:
        if not await jobs.delete(conn, id):
            raise Problem(404, _MISSING)
        await notify(conn, CHANNEL)
    return no_content()


def location(id: str) -> dict[str, str]:
    return {"Location": f"/v1/backtests/{id}"}


def started(row: Row[Any]) -> JobStarted:
    return {"id": row.id, "state": row.state, "progress": _progress(row)}


async def _found(conn: AsyncConnection, id: str) -> Row[Any]:
    row = await jobs.find(conn, id)
    if row is None:
        raise Problem(404, _MISSING)
    return row


async def _result(conn: AsyncConnection, id: str) -> BacktestReport:
    async def read(part: Part) -> Sequence[Row[Any]]:
        return await jobs.rows(conn, id, part, limit=MOST_SHOWN)

    return {
        "grain": GRAIN,
        "would": [_row(row) for row in await read("would")],
        "sent": [_row(row) for row in await read("sent")],
        "only_would": [_differing(row) for row in await read("only_would")],
        "only_sent": [_differing(row) for row in await read("only_sent")],
    }


def _progress(row: Row[Any]) -> Decimal:
    """Floored: it is 1 when all is done."""
    if row.state == "done":
        return Decimal(1)
    if not row.total:
        return Decimal(0)
    return Decimal(row.done * 100 // row.total) / 100


def _listed(row: Row[Any]) -> JobListed:
    return {
        **started(row),
        "version": row.version,
        "since": row.since,
        "account": row.account,
        "asked_by": {"kind": row.by_kind, "id": row.by_id},
        "created_at": iso(row.created_at),
        "started_at": row.started_at and iso(row.started_at),
        "finished_at": row.finished_at and iso(row.finished_at),
        "why": row.fault,
        "totals": jobs.tally_of(row).totals if row.tally else None,
    }


def _row(row: Row[Any]) -> BacktestRow:
    return {
        "account": row.account,
        "meter": row.meter,
        "threshold": threshold_json(row.threshold),
        "kind": row.kind,
        "at": iso(row.at),
        "outcome": row.outcome,
    }


def _differing(row: Row[Any]) -> DifferingRow:
    differs_by: DiffersBy | None = row.differs_by
    return {**_row(row), "differs_by": differs_by}


def _message(row: Row[Any]) -> MessageShown:
    return {**_differing(row), "account_name": row.account_name, "plan": row.plan}


def _account(row: Row[Any]) -> AccountCounts:
    return {
        "account": row.account,
        "account_name": row.account_name,
        "would": row.would,
        "sent": row.sent,
        "only_would": row.only_would,
        "only_sent": row.only_sent,
    }


def _csv(rows: Sequence[Row[Any]]) -> bytes:
    shown: list[Mapping[str, Any]] = [{**_message(row), "threshold": row.threshold} for row in rows]
    return csv_bytes(shown)
