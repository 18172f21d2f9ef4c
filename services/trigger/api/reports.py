"""Reports on plays, readiness, and how well the plans fit (R-004, R-010, R-014, R-078, R-081)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.api.common import CurrentWatch, shows
from services.trigger.proposals import reports
from services.trigger.proposals.reports import Flagged, PlanFits, PlayReport, Readiness, pruned
from shared.catalog import Catalog, Policy
from shared.postgres.database import transaction
from shared.pruning import cutoff, gone_until
from shared.runtime.context import Context
from shared.web import Answer, CurrentContext, answer, require, router

routes = router(tags=["reports"])

Days = Annotated[int, Query(ge=1, le=1096, description="How many days back")]


Counted = Literal["decisions", "proposals", "facts", "alerts"]


class PlaysReport(Flagged):
    data: list[PlayReport]


class ReadinessReport(Readiness, Flagged):
    """Counts decisions that considered whether a person should act."""


class PlansReport(PlanFits, Flagged):
    """How well the plans fit. `warnings`: limits that are reached too early."""


_NPS = {"before": 8.0, "after": 8.6, "delta": 0.6, "n": 20}
_PLAY: dict[str, Any] = {
    "play": "nps_high",
    "sent": 120,
    "complaints": 0,
    "unsubscribes": 1,
    "helpful_percent": 80,
    "paused": None,
    "nps": _NPS,
}
_READY = {
    "asked": 100,
    "qualified": 55,
    "needs_discovery": 0,
    "nurture": 25,
    "disqualified": 20,
    "flags": [],
}
_PLANS: dict[str, Any] = {
    "target": [{"family": "default", "customers": 100, "percent": 60.0, "majority": True}],
    "warnings": [
        {
            "path": "/plans/starter/limits/api_calls",
            "reason": "possibly_arbitrary_limit: 60 of 100 accounts reach it within 30 days",
        }
    ],
    "support": [{"plan": "pro", "answered": 12, "sla_breached": 1}],
    "flags": [],
}


@routes.get(
    "/v1/reports/plays",
    summary="Report on plays",
    responses=shows({"data": [_PLAY], "flags": []}),
    dependencies=[Depends(require("read"))],
)
async def report_plays(
    context: CurrentContext, watch: CurrentWatch, days: Days = 180
) -> Answer[PlaysReport]:
    """A play is a signal type.

    `nps`: the mean score of the accounts it reached, before and after.
    """
    async with transaction(context.engine) as conn:
        applied = await watch.catalogs.in_force(conn)
        policy = applied.catalog.policy if applied else Policy()
        since = context.clock.now() - timedelta(days=days)
        flags = pruned(since, await kept_since(conn, context, "proposals", "facts"))
        return answer({"data": await reports.plays(conn, policy, since), "flags": flags})


@routes.get(
    "/v1/reports/readiness",
    summary="Report on readiness",
    responses=shows(_READY),
    dependencies=[Depends(require("read"))],
)
async def report_readiness(context: CurrentContext, days: Days = 90) -> Answer[ReadinessReport]:
    """Of the accounts that a person was asked to handle, by the result of the five criteria."""
    async with transaction(context.engine) as conn:
        since = context.clock.now() - timedelta(days=days)
        return answer(
            {
                **await reports.readiness(conn, since),
                "flags": pruned(since, await kept_since(conn, context, "decisions")),
            }
        )


@routes.get(
    "/v1/reports/plans",
    summary="Report on plan fit",
    responses=shows(_PLANS),
    dependencies=[Depends(require("read"))],
)
async def report_plans(
    context: CurrentContext, watch: CurrentWatch, days: Days = 90
) -> Answer[PlansReport]:
    """`target`: the share of customers of a year or more who are on their family's target plan.

    `warnings`: limits that are reached too early.
    """
    now = context.clock.now()
    async with transaction(context.engine) as conn:
        applied = await watch.catalogs.in_force(conn)
        catalog = applied.catalog if applied else Catalog("USD", (), {}, {})
        since, kept = (
            now - timedelta(days=days),
            (await kept_since(conn, context, "alerts"))["alerts"],
        )
        found = await reports.plans(conn, catalog, now, since, kept)
        return answer({**found, "flags": pruned(since, await kept_since(conn, context, "facts"))})


async def kept_since(
    conn: AsyncConnection, context: Context, *counted: Counted
) -> dict[str, datetime]:
    """Since when each of these is kept: by the settings, or later if more was deleted under other
    ones.
    """
    now = context.clock.now()
    gone = await gone_until(conn, *(_TABLES[what] for what in counted))
    settled = {
        what: cutoff(context.settings, "facts" if what == "facts" else "decisions", now)
        for what in counted
    }
    return {what: max(at, gone.get(_TABLES[what], at)) for what, at in settled.items()}


_TABLES: Mapping[Counted, str] = {
    "decisions": "decision",
    "proposals": "proposal",
    "facts": "fact",
    "alerts": "alert",
}
