"""How full meters are: this period, the previous one, and by day if a rule needs it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce

from services.trigger.alerts import forecast
from services.trigger.alerts.forecast import Hours
from services.trigger.judgement.facts.facts import Usage
from services.trigger.limits import percent
from shared.catalog import Meter, Policy
from shared.values.periods import Period
from shared.values.quantities import EXACT, at_least_zero

TREND_DAYS = 30
QUIET_PERCENT = 30
_NINTH = Decimal("1e-9")


Days = Mapping[date, Hours]
"""Day (UTC) to its hours; days without any usage are missing."""


@dataclass(frozen=True, slots=True)
class Totals:
    used: Decimal
    start: datetime | None
    end: datetime | None
    before: Decimal | None


def usage(meter: str, total: Totals, limit: Decimal | None) -> Usage:
    last = None if total.before is None else percent(at_least_zero(total.before), limit)
    used = at_least_zero(total.used)
    below = EXACT.subtract(used, total.used)
    return Usage(
        meter,
        used,
        limit,
        percent(used, limit),
        total.start,
        total.end,
        last_percent=last,
        below_zero=below,
    )


def with_days(
    usage: Usage, meter: Meter, recorded: Days, policy: Policy, now: datetime, hours: int
) -> Usage:
    """Adds the days near the limit, the trend and the forecast, as far as the days allow (R-026,
    R-027, R-072). `hours`: the number of hours of its period with usage of a counter.
    """
    levels = _levels(usage, meter, recorded, now)
    start = (usage.period_start or now - timedelta(days=TREND_DAYS)).date()
    hot = 0
    if usage.limit:
        hot = sum(
            1
            for day, level in levels
            if day >= start and (percent(level, usage.limit) or 0) >= policy.repeat_periods.percent
        )
    found = _forecast(
        usage,
        levels,
        now,
        hours,
        measured_today=forecast.is_measured(meter.aggregation, recorded, now.date()),
    )
    return replace(
        usage,
        hot_days=hot,
        trend=_trend(meter, recorded, levels, now),
        days_of_data=len(recorded),
        projected=found.projected if found else None,
        reaches_limit_at=found.reaches_limit_at if found else None,
    )


def turns_on_days(usages: Iterable[Usage], policy: Policy) -> bool:
    """Whether a rule depends on days: near a limit, or if everything is low."""
    shares = [usage.percent for usage in usages if usage.percent is not None]
    return bool(shares) and (
        max(shares) >= policy.repeat_periods.percent or max(shares) < QUIET_PERCENT
    )


def _levels(
    usage: Usage, meter: Meter, recorded: Days, now: datetime
) -> list[tuple[date, Decimal]]:
    """The total at the end of each day; for a counter, only days of this period with usage."""
    if meter.is_gauge:
        return forecast.daily_levels(meter.aggregation, usage.total, recorded, now.date())
    start = usage.period_start.date() if usage.period_start else now.date()
    level, found = usage.total, []
    for day in sorted((day for day in recorded if day >= start), reverse=True):
        found.append((day, at_least_zero(level)))
        level = EXACT.subtract(level, _total(recorded[day]))
    return found[::-1]


def _trend(
    meter: Meter, recorded: Days, levels: list[tuple[date, Decimal]], now: datetime
) -> Decimal | None:
    """Change in percent: usage of the last 30 days against the 30 before, or a level against its
    value 30 days ago.
    """
    today = now.date()
    if meter.is_gauge:
        older = [level for day, level in levels if today - day >= timedelta(days=TREND_DAYS)]
        return _change(older[-1], levels[-1][1]) if older else None
    recent = _counted(recorded, today, 0)
    before = _counted(recorded, today, TREND_DAYS)
    return _change(before, recent)


def _counted(recorded: Days, today: date, back: int) -> Decimal:
    """Usage in the 30 days that ended `back` days ago; corrections do not make it negative."""
    days = (
        hours for day, hours in recorded.items() if back <= (today - day).days < back + TREND_DAYS
    )
    return at_least_zero(reduce(EXACT.add, map(_total, days), Decimal(0)))


def _total(hours: Hours) -> Decimal:
    return reduce(EXACT.add, hours.values(), Decimal(0))


def _change(before: Decimal, after: Decimal) -> Decimal | None:
    """In percent, to nine decimals: decisions store it as a number."""
    if before <= 0:
        return None
    change = EXACT.divide(EXACT.multiply(EXACT.subtract(after, before), Decimal(100)), before)
    return EXACT.quantize(change, _NINTH)


def _forecast(
    usage: Usage,
    levels: list[tuple[date, Decimal]],
    now: datetime,
    hours: int,
    *,
    measured_today: bool,
) -> forecast.Forecast | None:
    if usage.period_start is not None and usage.period_end is not None:
        return forecast.of_counter(
            usage.used, usage.limit, Period(usage.period_start, usage.period_end), now, hours
        )
    return forecast.of_gauge(
        usage.used,
        usage.limit,
        levels,
        now + timedelta(days=TREND_DAYS),
        now,
        measured_today=measured_today,
    )
