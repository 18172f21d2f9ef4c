"""Reports: on plays, readiness and how well the plans fit (R-004, R-010, R-014, R-078, R-081); and
those of the table (R-200 to R-214, BP-19 to BP-22).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger.api.common import CurrentWatch, shows
from services.trigger.proposals import reports
from services.trigger.proposals.reports import (
    Flagged,
    FlagShown,
    PlanFits,
    PlayReport,
    Readiness,
    pruned,
)
from services.trigger.reports import words
from services.trigger.reports.parameters import MOST_ROWS, Given, Parameters
from services.trigger.reports.source import Source
from services.trigger.reports.table import REPORTS, Counted
from services.trigger.tables.catalogs import Catalogs
from services.trigger.tables.figures import beginnings
from services.trigger.tables.figures import parts as reporting
from shared.answers import DayText
from shared.catalog import Catalog, Policy
from shared.postgres.database import transaction
from shared.pruning import cutoff, gone_until
from shared.runtime.context import Context
from shared.values.csv_form import csv_bytes
from shared.values.faults import Fault
from shared.values.periods import local_date, time_zones
from shared.web import Answer, CurrentContext, Problem, answer, invalid, require, router

routes = router(tags=["reports"])

Days = Annotated[int, Query(ge=1, le=1096, description="How many days back")]


class PlaysReport(Flagged):
    data: list[PlayReport]


class ReadinessReport(Readiness, Flagged):
    """Counts decisions that considered whether a person should act."""


class PlansReport(PlanFits, Flagged):
    """How well the plans fit. `warnings`: limits that are reached too early."""


ReportShown = TypedDict(
    "ReportShown",
    {
        "report": str,
        "from": DayText,
        "to": DayText,
        "time_zone": str,
        "rows": list[dict[str, Any]],
        "row_count": int,
        "totals": dict[str, Any],
        "flags": list[FlagShown],
    },
)
"""`rows`: what is said per something, or the only row; `row_count`: how many there are without
`limit`. `totals`: what is said of the whole.
"""

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
_CONVERSION: dict[str, Any] = {
    "report": "conversion",
    "from": "2025-09-01",
    "to": "2025-11-01",
    "time_zone": "UTC",
    "rows": [
        {
            "key": "all",
            "qualified": 10,
            "won": 5,
            "lost": 3,
            "open": 2,
            "cohort_percent": 50,
            "decided_percent": 62.5,
            "band": "in",
            "low_n": False,
        }
    ],
    "row_count": 1,
    "totals": {"qualified": 10, "won": 5, "lost": 3, "open": 2},
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


def _said(text: str, alias: str | None = None) -> Any:
    return Query(alias=alias, max_length=100, description=text)


def _given(
    since: Annotated[str | None, _said("The first day", "from")] = None,
    to: Annotated[str | None, _said("The day after the last one")] = None,
    time_zone: Annotated[str | None, _said("Where the days begin")] = None,
    by: Annotated[str | None, _said("What to break it down by")] = None,
    currency: Annotated[str | None, _said("Only in this currency")] = None,
    format: Annotated[str | None, _said("json or csv")] = None,
    at: Annotated[str | None, _said("pipeline: what was open then, a day or a moment")] = None,
    family: Annotated[str | None, _said("case_study: a family of plans")] = None,
    before_from: Annotated[str | None, _said("case_study: the period compared with")] = None,
    before_to: Annotated[str | None, _said("case_study: the day after its last one")] = None,
    ltv_target: Annotated[
        str | None, _said("case_study: what lifetime value is to rise to")
    ] = None,
    window: Annotated[str | None, _said("holdout: days within which an upgrade counts")] = None,
    experiment: Annotated[str | None, _said("experiment: its id, also a past one's")] = None,
    curve: Annotated[str | None, _said("time_to_upsell: on adds who waits, by days")] = None,
    limit: Annotated[str | None, _said(f"json: at most so many rows, to {MOST_ROWS}")] = None,
    offset: Annotated[str | None, _said("json: how many rows to leave out before them")] = None,
) -> Given:
    """As text, so that every fault is named in the words of `Parameters`."""
    return {
        "from": since,
        "to": to,
        "time_zone": time_zone,
        "by": by,
        "currency": currency,
        "format": format,
        "at": at,
        "family": family,
        "before_from": before_from,
        "before_to": before_to,
        "ltv_target": ltv_target,
        "window": window,
        "experiment": experiment,
        "curve": curve,
        "limit": limit,
        "offset": offset,
    }


class ReportListed(TypedDict):
    """`first_day`: of what it counts, in `time_zone`; null as long as there is nothing.
    `by`: what it may be broken down by. `days`: how long its period is by default.
    """

    report: str
    by: list[str]
    days: int
    first_day: DayText | None


class ReportList(TypedDict):
    data: list[ReportListed]


@routes.get(
    "/v1/reports",
    summary="List reports",
    responses=shows(
        {"data": [{"report": "nrr", "by": [], "days": 365, "first_day": "2025-03-16"}]}
    ),
    dependencies=[Depends(require("read"))],
)
async def list_reports(
    context: CurrentContext,
    time_zone: Annotated[str, _said("Where the days begin")] = "UTC",
) -> Answer[ReportList]:
    """The reports of a period, and the first day on which there is anything for each to count."""
    if time_zone not in time_zones():
        raise invalid(Fault("query.time_zone", "must be a time zone of IANA"))
    async with transaction(context.engine) as conn:
        begun = await beginnings.first(conn)
    return answer(
        {"data": [_listed(name, begun[one.begins], time_zone) for name, one in REPORTS.items()]}
    )


def _listed(name: str, begun: datetime | None, time_zone: str) -> ReportListed:
    day = None if begun is None else local_date(begun, time_zone).isoformat()
    report = REPORTS[name]
    return {"report": name, "by": list(report.by), "days": report.days, "first_day": day}


@routes.get(
    "/v1/reports/{report}",
    summary="Get a report",
    responses=shows(_CONVERSION, model=ReportShown),
    dependencies=[Depends(require("read"))],
)
async def get_report(
    context: CurrentContext,
    watch: CurrentWatch,
    report: str,
    given: Annotated[Given, Depends(_given)],
    lang: Annotated[str, Query(max_length=35, description="A language tag")] = "en",
) -> Response:
    """Days are those of `time_zone`, the first included and the last not. Percentages, days and
    points have one decimal; currencies are never added; `low_n`: a percentage of fewer than ten.
    """
    if report not in REPORTS:
        raise Problem(404, "There is no report of this name.")
    found, form = await read_report(context, watch.catalogs, report, given, lang)
    if form == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{report}.csv"'}
        content = csv_bytes(found["rows"])
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
    return answer(found)


async def read_report(
    context: Context, catalogs: Catalogs, name: str, given: Given, lang: str = "en"
) -> tuple[ReportShown, str]:
    """The report, and the form it is wanted in.

    All is read from one snapshot, so that figures agree with each other.
    """
    report, now = REPORTS[name], context.clock.now()
    async with transaction(context.engine) as conn:
        await reporting.prepare(conn)
        applied = await catalogs.in_force(conn)
        catalog = applied.catalog if applied else None
        parameters = Parameters(given, now)
        families = catalog.families() if catalog else ()
        form, page = parameters.format(), parameters.page()
        asked = parameters.read(report.days, report.by, families)
        if asked is None or parameters.faults:
            raise invalid(*parameters.faults)
        found = await report.load(Source(conn, catalogs, catalog, asked.question))
        gone = words.pruned(asked.question.since, await kept_since(conn, context, *report.counted))
    return {
        "report": name,
        "from": asked.since.isoformat(),
        "to": asked.until.isoformat(),
        "time_zone": asked.question.time_zone,
        "rows": list(found.rows if form == "csv" else found.rows[page]),
        "row_count": len(found.rows),
        "totals": words.totals_shown(found.totals, lang),
        "flags": words.flags_shown([*found.flags, *gone], lang),
    }, form


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
