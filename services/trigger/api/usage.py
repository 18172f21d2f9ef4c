"""Usage over HTTP: what an account has used, and whether more would fit."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BeforeValidator, WithJsonSchema
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger import usage as shown
from services.trigger.accounts import Terms
from services.trigger.alerts import forecast
from services.trigger.alerts.watch import Watch
from services.trigger.api.common import CurrentWatch, shows, terms_or_404
from services.trigger.catalog_in_force import Applied
from services.trigger.tables import alerts, days, meters
from services.trigger.usage import AccountUsage, CanShown, View
from shared.postgres.database import transaction
from shared.values.faults import Fault
from shared.values.quantities import parse_quantity
from shared.web import (
    Answer,
    CurrentContext,
    Identifier,
    Moment,
    PathIdentifier,
    answer,
    invalid,
    require,
    router,
)

routes = router(tags=["usage"])

_EXAMPLE = {
    "account": "acct-42",
    "plan": "starter",
    "meters": [
        {
            "meter": "api_calls",
            "unit": "call",
            "name": {"en": "API calls", "ja": "API呼び出し"},
            "used": 9600,
            "limit": 10000,
            "unlimited": False,
            "percent": 96,
            "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
            "thresholds": [
                {"threshold": 95, "state": "open"},
                {"threshold": 100, "state": "armed"},
            ],
            "forecast": {"percent_at_period_end": 137, "reaches_limit_at": "2026-11-23T09:00:00Z"},
        }
    ],
}


_AMOUNT = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}],
    "examples": [1, 2.5, "10 GB"],
    "default": 1,
}
Amount = Annotated[Decimal, BeforeValidator(parse_quantity), WithJsonSchema(_AMOUNT)]


@routes.get(
    "/v1/accounts/{account}/usage",
    summary="Get an account's usage",
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def get_usage(
    account: PathIdentifier,
    context: CurrentContext,
    watch: CurrentWatch,
    at: Annotated[
        Moment | None, Query(description="Selects the periods that contain it; defaults to now")
    ] = None,
) -> Answer[AccountUsage]:
    """Every meter of the catalogue.

    Without a subscription there are no limits or thresholds. A future moment is shown with the
    subscription that will be in force then.
    """
    now = context.clock.now()
    moment = at or now
    async with transaction(context.engine) as conn:
        terms = await terms_or_404(conn, account, max(moment, now))
        applied = await watch.catalogs.in_force(conn)
        if applied is None:
            return answer({"account": account, "plan": None, "meters": []})
        view = await _view(conn, watch, applied, account, terms, moment, now)
        return answer(shown.usage(account, view))


_EITHER = "either a meter or a feature"


@routes.get(
    "/v1/accounts/{account}/can",
    summary="Check whether more usage would fit, or a feature may be used",
    responses=shows({"allowed": True, "used": 4, "limit": 5, "remaining": 1, "after_percent": 100}),
    dependencies=[Depends(require("read"))],
)
async def can(
    account: PathIdentifier,
    context: CurrentContext,
    watch: CurrentWatch,
    meter: Annotated[Identifier | None, Query(description="Its id in the catalogue")] = None,
    amount: Annotated[Amount, Query(description="How much more")] = Decimal(1),
    feature: Annotated[
        Identifier | None, Query(description="Instead of a meter: its id in the catalogue")
    ] = None,
) -> Answer[CanShown]:
    """Unlimited: `limit`, `remaining` and `after_percent` are null. Of a feature: `by` what the
    account has it, and `until` when; a trial ends by time.
    """
    if feature is not None and meter is not None:
        raise invalid(Fault("query.feature", f"ask for {_EITHER}"))
    if feature is None and meter is None:
        raise invalid(Fault("query.meter", f"is missing: ask for {_EITHER}"))
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        terms = await terms_or_404(conn, account, now)
        applied = await watch.catalogs.in_force(conn)
        if feature is not None:
            return answer(await _can_use(conn, watch, applied, terms, feature, now))
        if meter is None or applied is None or meter not in applied.catalog.meters:
            raise invalid(Fault("query.meter", "the catalogue has no such meter"))
        view = await _view(conn, watch, applied, account, terms, now, now, past=False)
    return answer(shown.can(applied.catalog.meters[meter], amount, view))


async def _can_use(
    conn: AsyncConnection,
    watch: Watch,
    applied: Applied | None,
    terms: Terms,
    feature: str,
    now: datetime,
) -> CanShown:
    running = terms.running(now)
    sold = None
    if running is not None:
        sold = await watch.catalogs.version(conn, running.catalog_version)
    known = {*(applied.catalog.features if applied else ()), *(sold.features if sold else ())}
    if feature not in known:
        raise invalid(Fault("query.feature", "the catalogue has no such feature"))
    return shown.can_use(feature, terms, sold, now)


async def _view(
    conn: AsyncConnection,
    watch: Watch,
    applied: Applied,
    account: str,
    terms: Terms,
    at: datetime,
    now: datetime,
    *,
    past: bool = True,
) -> View:
    """`terms`: those in force at the later of the two moments. `past` False: only current usage,
    because products ask for it before every operation.
    """
    running = terms.running(max(at, now))
    starts = shown.starts(terms, applied.catalog, at)
    gauges = [meter.id for meter in applied.catalog.meters.values() if meter.is_gauge]
    periods = shown.running_periods(terms, applied.catalog, now) if past else {}
    in_use = await days.hours_in_use(
        conn, [(account, meter, start) for meter, start in periods.items()]
    )
    since = now.date() - timedelta(days=forecast.WINDOW_DAYS)
    return View(
        terms=terms,
        current=applied.catalog,
        sold=None
        if running is None
        else await watch.catalogs.version(conn, running.catalog_version),
        at=at,
        now=now,
        held={
            (place.meter, place.period_start): held
            for place, held in (await meters.read(conn, account, starts)).items()
        },
        ended=await alerts.standings(conn, account, starts) if past else {},
        days=await days.read(conn, account, gauges, since) if past else {},
        hours={meter: hours for (_, meter), hours in in_use.items()},
    )
