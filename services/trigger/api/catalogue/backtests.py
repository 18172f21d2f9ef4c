"""Backtests over HTTP: compares what another catalogue would have sent with what was sent.

Changes nothing.
"""

import asyncio
import secrets
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Header
from pydantic import AfterValidator, Field

from services.trigger.alerts.watch import Watch
from services.trigger.api.catalogue.backtest_jobs import STARTED, JobStarted, location, started
from services.trigger.api.common import CurrentWatch, account_or_404, shows
from services.trigger.backtest.rows import BacktestReport
from services.trigger.backtest.run import Asked, span
from services.trigger.backtest.runner import CHANNEL
from services.trigger.backtest.workers import run_shared
from services.trigger.tables import days
from services.trigger.tables.backtests import jobs
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.catalog import Catalog, CatalogError, canonical, parse_catalog
from shared.postgres.database import notify, transaction
from shared.runtime.context import Context
from shared.runtime.waits import Stopped, unless
from shared.telemetry import metrics
from shared.values.faults import Fault
from shared.values.quantities import dumps
from shared.web import (
    Answer,
    Body,
    CurrentAuthor,
    CurrentContext,
    Identifier,
    Problem,
    answer,
    invalid,
    require,
    router,
    unavailable,
)

routes = router(tags=["judgement"])

_ASYNC, _LATER = "respond-async", 60
PreferHeader = Annotated[
    str | None, Header(alias="Prefer", description="`respond-async`: answer at once, run later")
]

_ROW = {
    "account": "acct-42",
    "meter": "api_calls",
    "threshold": 80,
    "kind": "usage.threshold",
    "at": "2026-11-22T05:00:00Z",
    "outcome": "notice",
}
_EXAMPLE: dict[str, Any] = {
    "grain": "hour",
    "hours_behind_seconds": 0,
    "would": [_ROW],
    "sent": [],
    "only_would": [{**_ROW, "differs_by": None}],
    "only_sent": [],
}


def _check_span(text: str) -> str:
    span(text)
    return text


class BacktestBody(Body):
    """`catalog`: a catalogue as text (YAML or JSON) or as an object.

    `since`: how far back. `account`: only this account.
    """

    catalog: str | dict[str, Any] = Field(examples=["currency: USD\nmeters: {}\nplans: []\n"])
    since: Annotated[str, AfterValidator(_check_span)] = Field(default="90d", examples=["90d"])
    account: Identifier | None = None


@routes.post(
    "/v1/backtests",
    summary="Run a backtest",
    responses=shows(_EXAMPLE) | shows(STARTED, 202, "Accepted", JobStarted),
    dependencies=[Depends(require("catalog:write"))],
)
async def run_backtest(
    body: BacktestBody,
    context: CurrentContext,
    watch: CurrentWatch,
    author: CurrentAuthor,
    prefer: PreferHeader = None,
) -> Answer[BacktestReport]:
    """Decides again about recorded hourly usage and stored facts. Slow: up to a minute for ten
    thousand accounts and 90 days. With `Prefer: respond-async` it is answered at once with 202, and
    `GET /v1/backtests/{id}` says how far it is; 429 if 20 of them wait.

    A difference that is not caused by the catalogue says so in `differs_by`.

    One backtest runs at a time; another one waits. 503 if the service stops meanwhile.
    """
    catalog = await asyncio.to_thread(_read, body.catalog)
    if body.account is not None:
        async with transaction(context.engine) as conn:
            await account_or_404(conn, body.account)
    if _is_async(prefer):
        return await _queued(body, catalog, author, context, watch)
    asked = Asked(catalog, span(body.since), body.account)
    url = context.settings.database_url
    assert url is not None, "a service has an engine"
    async with transaction(context.engine) as conn:
        behind = await days.behind_seconds(conn, context.clock.now())
    async with watch.backtest:
        try:
            report = await unless(
                context.stopping, run_shared(context.engine, url, asked, context.clock.now())
            )
        except Stopped:
            raise unavailable("The service is stopping.") from None
    async with transaction(context.engine) as conn:
        await trail.write(conn, author, _made(body, "", context.clock.now()))
    metrics.backtests.labels("done").inc()
    shown = await asyncio.to_thread(report.json)
    return answer({**shown, "hours_behind_seconds": behind})


async def _queued(
    body: BacktestBody, catalog: Catalog, author: Author, context: Context, watch: Watch
) -> Answer[Any]:
    id = f"bt_{secrets.token_hex(12)}"
    stored = await asyncio.to_thread(canonical, catalog)
    now, asked = context.clock.now(), (body.since, body.account)
    async with transaction(context.engine) as conn:
        version = await watch.catalogs.find(conn, catalog)
        if not await jobs.add(conn, id, stored, version, asked, author, now):
            raise Problem(
                429, "Too many backtests wait already.", headers={"Retry-After": str(_LATER)}
            )
        await trail.write(conn, author, _made(body, id, now))
        await notify(conn, CHANNEL)
        row = await jobs.find(conn, id)
    assert row is not None
    headers = {**location(id), "Preference-Applied": _ASYNC}
    return answer(started(row), 202, headers=headers)


def _made(body: BacktestBody, id: str, now: datetime) -> Done:
    told = {"since": body.since, "account": body.account}
    return Done("run", "backtest", id, now, account=body.account, after=told)


def _is_async(prefer: str | None) -> bool:
    """RFC 7240: preferences are separated by commas; their parameters do not matter here."""
    wanted = (one.partition(";")[0].strip().lower() for one in (prefer or "").split(","))
    return _ASYNC in wanted


def _read(given: str | dict[str, Any]) -> Catalog:
    """JSON is also YAML, so a text may be either."""
    try:
        if isinstance(given, str):
            return parse_catalog(given.encode(), "application/yaml")
        return parse_catalog(dumps(given), "application/json")
    except CatalogError as error:
        raise invalid(
            *(Fault(f"/catalog{fault.path}", fault.reason) for fault in error.faults)
        ) from None
