"""`GET /v1/accounts/{account}/usage/history`: one meter of an account over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.trigger.accounts import Subscription, Terms
from services.trigger.alerts.watch import Watch
from services.trigger.api.common import CurrentWatch, shows, terms_or_404
from services.trigger.catalog_in_force import Applied
from services.trigger.history.levels import levels
from services.trigger.history.limits import Agreed, OverriddenSince, SoldSince
from services.trigger.limits import allowed_by
from services.trigger.process.tasks.due_dates import When
from services.trigger.tables import days
from services.trigger.tables.lists import history
from services.trigger.thresholds import threshold_of
from shared.answers import Amount, MomentText, ThresholdShown
from shared.catalog import Meter, in_order
from shared.postgres.database import transaction
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.web import (
    Answer,
    CurrentContext,
    Identifier,
    PathIdentifier,
    answer,
    invalid,
    require,
    router,
)

routes = router(tags=["usage"])

MOST_POINTS = 1_100
_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_BACK = {"hour": timedelta(days=7), "day": timedelta(days=90)}
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

Step = Literal["hour", "day"]


class UsagePoint(TypedDict):
    """`at`: when the hour or day begins (UTC). `used`: at its end, since its period began; null
    before anything was recorded. `limit`: at its end; null: unlimited, or no subscription.
    """

    at: MomentText
    used: Amount | None
    limit: Amount | None


class AlertMark(TypedDict):
    at: MomentText
    threshold: ThresholdShown


PlanStep = TypedDict("PlanStep", {"at": MomentText, "from": str | None, "to": str | None})
"""From one plan to another; null: none."""


class UsageHistory(TypedDict):
    """`thresholds`: those of today. `alerts`: the newest 500 of that time. `hours_behind_seconds`:
    under load, how much of the latest usage may be shown as used before: it has been counted, and
    not by its hour yet.
    """

    meter: str
    unit: str
    data: list[UsagePoint]
    thresholds: list[ThresholdShown]
    alerts: list[AlertMark]
    plan_changes: list[PlanStep]
    as_of: MomentText
    hours_behind_seconds: int


_EXAMPLE: dict[str, Any] = {
    "meter": "seats",
    "unit": "seat",
    "data": [
        {"at": "2026-06-14T00:00:00Z", "used": 24, "limit": 25},
        {"at": "2026-06-15T00:00:00Z", "used": 25, "limit": 50},
    ],
    "thresholds": [80, 95, 100],
    "alerts": [{"at": "2026-06-14T09:12:00Z", "threshold": 95}],
    "plan_changes": [{"at": "2026-06-15T10:00:00Z", "from": "pro", "to": "business"}],
    "as_of": "2026-06-16T00:00:00Z",
    "hours_behind_seconds": 0,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """`points`: when each hour or day begins, of which there is at least one."""

    since: datetime
    until: datetime
    step: timedelta

    @property
    def points(self) -> list[datetime]:
        number = -((self.since - self.until) // self.step)
        return [self.since + self.step * n for n in range(number)]


@routes.get(
    "/v1/accounts/{account}/usage/history",
    summary="Get a meter's usage over time",
    responses=shows(_EXAMPLE),
    dependencies=[Depends(require("read"))],
)
async def get_usage_history(
    account: PathIdentifier,
    context: CurrentContext,
    watch: CurrentWatch,
    meter: Annotated[Identifier, Query(description="Its id in the catalogue")],
    since: Annotated[
        When | None,
        Query(alias="from", description="A moment or a day (UTC); else 90 days back, or 7 by hour"),
    ] = None,
    to: Annotated[
        When | None, Query(description="The moment, or the day, after the last one; at most now")
    ] = None,
    step: Annotated[Step, Query(description="A point for each hour or each day (UTC)")] = "day",
) -> Answer[UsageHistory]:
    """Totals as `GET usage` counts them, and the limit as it was at that time. At most 1,100
    points. Of the account's own limits and of add-ons, those noted since there are such notes.
    """
    now = context.clock.now()
    asked = _asked(since, to, step, now)
    async with transaction(context.engine) as conn:
        terms = await terms_or_404(conn, account, now)
        applied = await watch.catalogs.in_force(conn)
        if applied is None or meter not in applied.catalog.meters:
            raise invalid(Fault("query.meter", "the catalogue has no such meter"))
        shown = applied.catalog.meters[meter]
        return answer(await _history(conn, watch, applied, account, terms, shown, asked, now))


async def _history(
    conn: AsyncConnection,
    watch: Watch,
    applied: Applied,
    account: str,
    terms: Terms,
    meter: Meter,
    asked: Asked,
    now: datetime,
) -> UsageHistory:
    points = asked.points
    changes = await history.plan_changes(conn, account, now)
    agreed = await _agreed(conn, watch, applied, account, terms, meter.id, changes, asked, now)
    past = await history.past(conn, account, meter, asked.since, points[-1] + asked.step)
    ends = [one + asked.step for one in points]
    running = (now - _BEGINNING) // timedelta(hours=1)
    used = levels(past, [history.hour_of(end) for end in ends], running)
    limits = [agreed.limit(min(end - timedelta(microseconds=1), now)) for end in ends]
    return {
        "meter": meter.id,
        "unit": meter.unit,
        "data": [
            {"at": iso(at), "used": total, "limit": limit}
            for at, total, limit in zip(points, used, limits, strict=True)
        ],
        "thresholds": _thresholds(terms, meter.id, agreed, applied, now),
        "alerts": [
            {"at": iso(one.reached_at), "threshold": threshold_of(one.threshold).json}
            for one in await history.alerts(conn, account, meter.id, asked.since, ends[-1])
        ],
        "plan_changes": [
            {"at": iso(one.at), "from": one.from_plan, "to": one.to_plan}
            for one in changes
            if one.from_plan != one.to_plan and asked.since <= one.at < ends[-1]
        ],
        "as_of": iso(now),
        "hours_behind_seconds": await days.behind_seconds(conn, now),
    }


async def _agreed(
    conn: AsyncConnection,
    watch: Watch,
    applied: Applied,
    account: str,
    terms: Terms,
    meter: str,
    changes: Sequence[Row[Any]],
    asked: Asked,
    now: datetime,
) -> Agreed:
    """What was agreed before there were notes of it is taken for having been so all the time."""
    own, current = terms.overrides.get(meter), terms.subscription
    noted = await history.overrides(conn, account, meter, asked.until)
    if not noted and own is not None:
        noted = [OverriddenSince(_BEGINNING, own)]
    sold = [SoldSince(one.at, history.subscribed(one, current)) for one in changes]
    if current is not None and current.holds(now):
        newest = sold[-1].subscription if sold else None
        if newest is None or _differs(newest, current):
            begins = (current.changed_at or current.started_at) if sold else current.started_at
            sold.append(SoldSince(begins, current))
    versions = {one.subscription.catalog_version for one in sold if one.subscription}
    catalogs = {one: await watch.catalogs.version(conn, one) for one in sorted(versions)}
    trials = await history.trials(conn, account, asked.since)
    return Agreed(meter, sold, noted, trials, catalogs, applied.catalog)


def _differs(one: Subscription, other: Subscription) -> bool:
    return (one.plan, one.catalog_version, dict(one.add_ons)) != (
        other.plan,
        other.catalog_version,
        dict(other.add_ons),
    )


def _thresholds(
    terms: Terms, meter: str, agreed: Agreed, applied: Applied, now: datetime
) -> list[ThresholdShown]:
    running = terms.running(now)
    if running is None:
        return []
    sold = agreed.sold[running.catalog_version]
    allowed = allowed_by(terms, meter, sold, applied.catalog, now)
    return [one.json for one in in_order(allowed.thresholds, allowed.limit)]


def _asked(since: Any, to: Any, step: Step, now: datetime) -> Asked:
    """Both at the beginning of an hour or day; the last one is that which is running."""
    length = _STEPS[step]
    until = min(now, now if to is None else _moment(to))
    begin = until - _BACK[step] if since is None else _moment(since)
    begin = max(_BEGINNING, begin - (begin - _BEGINNING) % length)
    if begin >= until:
        raise invalid(Fault("query.from", "must be before to, and not in the future"))
    if (until - begin) / length > MOST_POINTS:
        raise invalid(Fault("query.from", f"asks for more than {MOST_POINTS:,} points"))
    return Asked(begin, until, length)


def _moment(when: Any) -> datetime:
    return when if isinstance(when, datetime) else datetime.combine(when, time(), UTC)
