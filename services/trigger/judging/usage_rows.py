"""How full the meters of some accounts are: this period, the one before, and, where a rule asks for it, day by day."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.judgement.facts import Usage
from services.trigger.limits import percent
from shared.catalog import Meter, Policy

_HOURS = [f"h{hour:02}" for hour in range(24)]
BACK = timedelta(days=62)
TREND_DAYS = 30


@dataclass(frozen=True, slots=True)
class Day:
    """What was recorded of a meter on a day (UTC): the sum of the hours, the last value and the highest of them."""

    day: date
    total: Decimal
    last: Decimal
    highest: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    used: Decimal
    start: datetime | None
    end: datetime | None
    before: Decimal | None


async def totals(conn: AsyncConnection, accounts: Collection[str], now: datetime) -> dict[str, dict[str, Totals]]:
    """The running period of each meter that was ever counted, and the total of the one before it."""
    found: dict[str, dict[str, Totals]] = {}
    earlier: dict[tuple[str, str], tuple[datetime, Decimal]] = {}
    rows = await conn.execute(_TOTALS, {"accounts": list(accounts), "since": now - BACK})
    for row in rows:
        if row.period_end is None:
            found.setdefault(row.account, {})[row.meter] = Totals(row.used, None, None, None)
        elif row.period_end <= now:
            earlier[row.account, row.meter] = row.period_end, row.used
        elif row.period_start <= now:
            ended, before = earlier.get((row.account, row.meter), (None, None))
            adjacent = before if ended == row.period_start else None
            found.setdefault(row.account, {})[row.meter] = Totals(row.used, row.period_start, row.period_end, adjacent)
    return found


def usage(meter: str, total: Totals, limit: Decimal | None) -> Usage:
    last = None if total.before is None else percent(total.before, limit)
    return Usage(meter, total.used, limit, percent(total.used, limit), total.start, total.end, last_percent=last)


async def days(conn: AsyncConnection, accounts: Collection[str], since: date) -> dict[tuple[str, str], list[Day]]:
    """By account and meter, oldest first."""
    found: dict[tuple[str, str], list[Day]] = {}
    for row in await conn.execute(_DAYS, {"accounts": list(accounts), "since": since}):
        known = [value for value in row[3:] if value is not None]
        if known:
            found.setdefault((row.account, row.meter), []).append(Day(row.day, sum(known, Decimal(0)), known[-1], max(known)))
    return found


def with_days(usage: Usage, meter: Meter, recorded: list[Day], policy: Policy, now: datetime) -> Usage:
    """With the days near the limit and the trend, as far as the days tell (R-026, R-072)."""
    levels = _levels(usage, meter, recorded)
    start = usage.period_start or now - timedelta(days=TREND_DAYS)
    hot = 0
    if usage.limit:
        hot = sum(1 for day, level in levels if day >= start.date() and level * 100 >= usage.limit * policy.repeat_periods.percent)
    return replace(usage, hot_days=hot, trend=_trend(meter, recorded, levels, now), days_of_data=len(levels))


def _levels(usage: Usage, meter: Meter, recorded: list[Day]) -> list[tuple[date, Decimal]]:
    """How high the total stood on each recorded day: additive meters are reckoned back from the present total."""
    if meter.aggregation in ("latest", "max"):
        return [(day.day, day.highest) for day in recorded]
    level, found = usage.used, []
    for day in reversed(recorded):
        if usage.period_start is not None and day.day < usage.period_start.date():
            break
        found.append((day.day, max(level, level - day.total)))
        level -= day.total
    return found[::-1]


def _trend(meter: Meter, recorded: list[Day], levels: list[tuple[date, Decimal]], now: datetime) -> Decimal | None:
    """Change in percent: of what was counted in 30 days against the 30 before, or of a level against 30 days ago."""
    today = now.date()
    if meter.is_gauge:
        older = [level for day, level in levels if today - day >= timedelta(days=TREND_DAYS)]
        return _change(older[-1], levels[-1][1]) if older else None
    recent = sum((day.total for day in recorded if today - day.day < timedelta(days=TREND_DAYS)), Decimal(0))
    before = [day.total for day in recorded if timedelta(days=TREND_DAYS) <= today - day.day < timedelta(days=2 * TREND_DAYS)]
    return _change(sum(before, Decimal(0)), recent) if before else None


def _change(before: Decimal, after: Decimal) -> Decimal | None:
    return (after - before) * 100 / before if before > 0 else None


def forecast(usage: Usage, meter: Meter, recorded: list[Day], now: datetime) -> Usage:
    """R-027: a counter goes on at the rate of its period, a gauge at that of its last 28 days; None where it does not grow."""
    rate = _rate(usage, meter, recorded, now)
    if rate is None or rate <= 0 or not usage.limit:
        return replace(usage, reaches_limit_at=None)
    left = usage.limit - usage.used
    reaches = now + timedelta(days=float(left / rate)) if left > 0 and left / rate < 3650 else None
    projected = usage.used
    if usage.period_end is not None:
        projected += rate * Decimal((usage.period_end - now) / timedelta(days=1))
    return replace(usage, projected=projected, reaches_limit_at=reaches)


def _rate(usage: Usage, meter: Meter, recorded: list[Day], now: datetime) -> Decimal | None:
    """Units a day."""
    if usage.period_start is not None:
        elapsed = Decimal((now - usage.period_start) / timedelta(days=1))
        return usage.used / elapsed if elapsed >= 1 else None
    levels = [(day, level) for day, level in _levels(usage, meter, recorded) if now.date() - day <= timedelta(days=28)]
    slopes = sorted((after - before) / (later - day).days for (day, before), (later, after) in pairwise(levels))
    return slopes[len(slopes) // 2] if slopes else None


_TOTALS = text(
    """
    select account, meter, period_start, period_end, used from usage_total
    where account = any(cast(:accounts as text[])) and (period_end is null or period_end > :since)
    order by account, meter, period_start
    """
)
_DAYS = text(
    f"""
    select account, meter, day, {", ".join(_HOURS)} from usage_day
    where account = any(cast(:accounts as text[])) and day >= :since
    order by account, meter, day
    """
)
