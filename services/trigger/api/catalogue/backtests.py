"""Backtests over HTTP: compares what another catalogue would have sent with what was sent.

Changes nothing.
"""

import asyncio
from typing import Annotated, Any

from fastapi import Depends
from pydantic import AfterValidator, Field

from services.trigger.api.common import CurrentWatch, account_or_404, shows
from services.trigger.backtest.rows import BacktestReport
from services.trigger.backtest.run import Asked, span
from services.trigger.backtest.workers import run_shared
from shared.catalog import Catalog, CatalogError, parse_catalog
from shared.postgres.database import transaction
from shared.runtime.waits import Stopped, unless
from shared.values.faults import Fault
from shared.values.quantities import dumps
from shared.web import (
    Answer,
    Body,
    CurrentContext,
    Identifier,
    answer,
    invalid,
    require,
    router,
    unavailable,
)

routes = router(tags=["judgement"])

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
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("catalog:write"))],
)
async def run_backtest(
    body: BacktestBody, context: CurrentContext, watch: CurrentWatch
) -> Answer[BacktestReport]:
    """Decides again about recorded hourly usage and stored facts. Slow: up to a minute for ten
    thousand accounts and 90 days.

    A difference that is not caused by the catalogue says so in `differs_by`.

    One backtest runs at a time; another one waits. 503 if the service stops meanwhile.
    """
    catalog = await asyncio.to_thread(_read, body.catalog)
    if body.account is not None:
        async with transaction(context.engine) as conn:
            await account_or_404(conn, body.account)
    asked = Asked(catalog, span(body.since), body.account)
    url = context.settings.database_url
    assert url is not None, "a service has an engine"
    async with watch.backtest:
        try:
            report = await unless(
                context.stopping, run_shared(context.engine, url, asked, context.clock.now())
            )
        except Stopped:
            raise unavailable("The service is stopping.") from None
    return answer(await asyncio.to_thread(report.json))


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
