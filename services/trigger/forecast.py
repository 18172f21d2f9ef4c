"""Where usage is heading: at the period's end, and when it meets the limit (R-027). Pure; exact numbers, moments in UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, reduce
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from services.trigger.limits import percent
from shared.catalog import Aggregation
from shared.periods import Period
from shared.quantities import EXACT, at_least_zero

WINDOW_DAYS = 28
SHORTEST_SHARE = 30
"""A counter needs a thirtieth of its period to have passed (a day of a month) before it says anything."""

FEWEST_POINTS = 5
"""A counter needs so many different hours with usage, a gauge values of so many days: less is an import, no pace."""

_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=3653)
_LAST_DIGIT = Decimal("1e-9")

Hours = Mapping[int, Decimal]
"""Hour of the day (UTC) to its value in usage_day."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`projected` is the total at the period's end, `percent` it of the limit, floored. `reaches_limit_at` None: not on course to."""

    projected: Decimal
    percent: int | None
    reaches_limit_at: datetime | None


def of_counter(used: Decimal, limit: Decimal | None, period: Period, now: datetime, hours: int) -> Forecast | None:
    """As fast as the period has gone so far. None in its first thirtieth, or where it was used in too few `hours`."""
    elapsed, whole = now - period.start, period.end - period.start
    if used <= 0 or hours < FEWEST_POINTS or elapsed * SHORTEST_SHARE < whole:
        return None
    projected = EXACT.divide(EXACT.multiply(used, _seconds(whole)), _seconds(elapsed))
    return Forecast(projected, percent(projected, limit), _fills(used, limit, elapsed, period))


def _fills(used: Decimal, limit: Decimal | None, elapsed: timedelta, period: Period) -> datetime | None:
    """Compared as an amount of seconds before it becomes a date: at three bytes a day, 100 GB are full long after the year 9999."""
    if not limit or used >= limit:
        return None
    seconds = EXACT.divide(EXACT.multiply(_seconds(elapsed), limit), used)
    meets = period.start + _timedelta(seconds) if seconds < _seconds(period.end - period.start) else None
    return meets if meets is None or meets < period.end else None


def of_gauge(
    used: Decimal,
    limit: Decimal | None,
    levels: Sequence[tuple[date, Decimal]],
    period_end: datetime,
    now: datetime,
    *,
    measured_today: bool = True,
) -> Forecast | None:
    """By the median slope between its daily values of the last 28 days, the last of which is today's. None while there are too few of them;
    where today nothing was measured, today's is only what it still is.
    """
    recent = [(day, level) for day, level in levels if now.date() - day <= timedelta(days=WINDOW_DAYS)]
    if len(recent) - (not measured_today) < FEWEST_POINTS:
        return None
    daily = _median_slope(recent)
    ahead = EXACT.multiply(daily, EXACT.divide(_seconds(period_end - now), _seconds(_DAY)))
    projected = max(Decimal(0), EXACT.add(used, ahead))
    return Forecast(projected, percent(projected, limit), _meets(used, limit, daily, now))


def _median_slope(levels: Sequence[tuple[date, Decimal]]) -> Decimal:
    """By how much a day most pairs of days differ. Rounded slopes only tell which pairs are in the middle; theirs are exact."""
    earlier, later = _pairs(len(levels))
    days = np.array([day.toordinal() for day, _ in levels], dtype=np.float64)
    amounts = np.array([float(level) for _, level in levels])
    rounded = (amounts[later] - amounts[earlier]) / (days[later] - days[earlier])
    middle = len(rounded) // 2, len(rounded) - 1 - len(rounded) // 2
    order = np.argpartition(rounded, middle)
    first, second = (_slope(levels[earlier[order[place]]], levels[later[order[place]]]) for place in middle)
    return EXACT.divide(EXACT.add(first, second), Decimal(2))


@lru_cache(maxsize=64)
def _pairs(points: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(points, 1)


def _slope(first: tuple[date, Decimal], second: tuple[date, Decimal]) -> Decimal:
    return EXACT.divide(EXACT.subtract(second[1], first[1]), Decimal((second[0] - first[0]).days))


def hours_in_use(days: Mapping[date, Hours], start: datetime) -> int:
    """In how many hours something was used since then, the hour of `start` among them."""
    first = start.astimezone(UTC)
    return sum(
        1
        for day, hours in days.items()
        for hour, amount in hours.items()
        if amount > 0 and (day > first.date() or (day == first.date() and hour >= first.hour))
    )


def is_measured(aggregation: Aggregation, days: Mapping[date, Hours], today: date) -> bool:
    """Whether a gauge has a value of this day: what adds up has one of every day."""
    return aggregation not in ("latest", "max") or bool(days.get(today))


def daily_levels(aggregation: Aggregation, used: Decimal, days: Mapping[date, Hours], today: date) -> list[tuple[date, Decimal]]:
    """What a gauge stood at when each day ended, oldest first, never below zero; today's is what it stands at now."""
    return [(day, at_least_zero(level)) for day, level in _exact_levels(aggregation, used, days, today)]


def _exact_levels(aggregation: Aggregation, used: Decimal, days: Mapping[date, Hours], today: date) -> list[tuple[date, Decimal]]:
    if not days:
        return [(today, used)]
    if aggregation in ("latest", "max"):
        measured = [(day, _of_day(aggregation, hours)) for day, hours in sorted(days.items()) if hours and day < today]
        levels = list(accumulate((level for _, level in measured), max)) if aggregation == "max" else [level for _, level in measured]
        return [*zip((day for day, _ in measured), levels, strict=True), (today, used)]
    found, level = [(today, used)], used
    for day in (today - timedelta(days=back) for back in range((today - min(days)).days)):
        level = EXACT.subtract(level, reduce(EXACT.add, days.get(day, {}).values(), Decimal(0)))
        found.append((day - _DAY, level))
    return found[::-1]


def _of_day(aggregation: Aggregation, hours: Hours) -> Decimal:
    return max(hours.values()) if aggregation == "max" else hours[max(hours)]


def _meets(used: Decimal, limit: Decimal | None, daily: Decimal, now: datetime) -> datetime | None:
    if not limit or daily <= 0 or used >= limit:
        return None
    seconds = EXACT.divide(EXACT.multiply(EXACT.subtract(limit, used), _seconds(_DAY)), daily)
    return now + _timedelta(seconds) if seconds < _seconds(_FARTHEST) else None


def _seconds(span: timedelta) -> Decimal:
    return EXACT.scaleb(Decimal(span // timedelta(microseconds=1)), Decimal(-6))


def _timedelta(seconds: Decimal) -> timedelta:
    """Cut to the microsecond; a quotient that only its rounding keeps from a whole one is that one. The caller has bounded the span."""
    microseconds = EXACT.quantize(EXACT.scaleb(seconds, Decimal(6)), _LAST_DIGIT)
    return timedelta(microseconds=int(microseconds))
