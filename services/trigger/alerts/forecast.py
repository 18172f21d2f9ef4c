"""Projects usage: the total at the end of the period, and when it reaches the limit (R-027).

Pure; exact numbers, moments in UTC.
"""

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
from shared.values.periods import Period
from shared.values.quantities import EXACT, at_least_zero

WINDOW_DAYS = 28
SHORTEST_SHARE = 30
"""A counter has no forecast before a thirtieth of its period (a day of a month) has passed."""

FEWEST_POINTS = 5
"""A counter needs usage in this many different hours, a gauge values on this many days: less may be
an import and shows no pace.
"""

_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=3653)
_LAST_DIGIT = Decimal("1e-9")

Hours = Mapping[int, Decimal]
"""Hour of the day (UTC) to its value in usage_day."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`projected` is the total at the end of the period, `percent` its share of the limit, floored.

    `reaches_limit_at` None: not expected.
    """

    projected: Decimal
    percent: int | None
    reaches_limit_at: datetime | None


def of_counter(
    used: Decimal, limit: Decimal | None, period: Period, now: datetime, hours: int
) -> Forecast | None:
    """Continues the period's average pace.

    None in the first thirtieth, or if it was used in too few `hours`.
    """
    elapsed, whole = now - period.start, period.end - period.start
    if used <= 0 or hours < FEWEST_POINTS or elapsed * SHORTEST_SHARE < whole:
        return None
    projected = EXACT.divide(EXACT.multiply(used, _seconds(whole)), _seconds(elapsed))
    return Forecast(projected, percent(projected, limit), _fills(used, limit, elapsed, period))


def _fills(
    used: Decimal, limit: Decimal | None, elapsed: timedelta, period: Period
) -> datetime | None:
    """Compares before converting to a date: 100 GB at three bytes a day is beyond the year 9999."""
    if not limit or used >= limit:
        return None
    seconds = EXACT.divide(EXACT.multiply(_seconds(elapsed), limit), used)
    meets = (
        period.start + _timedelta(seconds)
        if seconds < _seconds(period.end - period.start)
        else None
    )
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
    """By the median slope between the daily values of the last 28 days, of which the last is
    today's. None if there are too few. If nothing was measured today, the previous value stands in
    for today's.
    """
    recent = [
        (day, level) for day, level in levels if now.date() - day <= timedelta(days=WINDOW_DAYS)
    ]
    if len(recent) - (not measured_today) < FEWEST_POINTS:
        return None
    daily = _median_slope(recent)
    ahead = EXACT.multiply(daily, EXACT.divide(_seconds(period_end - now), _seconds(_DAY)))
    projected = max(Decimal(0), EXACT.add(used, ahead))
    return Forecast(projected, percent(projected, limit), _meets(used, limit, daily, now))


def _median_slope(levels: Sequence[tuple[date, Decimal]]) -> Decimal:
    """The median change per day over all pairs of days.

    Rounded slopes only find the middle pairs, whose slopes are then computed exactly.
    """
    earlier, later = _pairs(len(levels))
    days = np.array([day.toordinal() for day, _ in levels], dtype=np.float64)
    amounts = np.array([float(level) for _, level in levels])
    rounded = (amounts[later] - amounts[earlier]) / (days[later] - days[earlier])
    middle = len(rounded) // 2, len(rounded) - 1 - len(rounded) // 2
    order = np.argpartition(rounded, middle)
    first, second = (
        _slope(levels[earlier[order[place]]], levels[later[order[place]]]) for place in middle
    )
    return EXACT.divide(EXACT.add(first, second), Decimal(2))


@lru_cache(maxsize=64)
def _pairs(points: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(points, 1)


def _slope(first: tuple[date, Decimal], second: tuple[date, Decimal]) -> Decimal:
    return EXACT.divide(EXACT.subtract(second[1], first[1]), Decimal((second[0] - first[0]).days))


def hours_in_use(days: Mapping[date, Hours], start: datetime) -> int:
    """The number of hours with usage since then, including the hour of `start`."""
    first = start.astimezone(UTC)
    return sum(
        1
        for day, hours in days.items()
        for hour, amount in hours.items()
        if amount > 0 and (day > first.date() or (day == first.date() and hour >= first.hour))
    )


def is_measured(aggregation: Aggregation, days: Mapping[date, Hours], today: date) -> bool:
    """Whether a gauge has a value for this day; a meter that adds up has one for every day."""
    return aggregation not in ("latest", "max") or bool(days.get(today))


def daily_levels(
    aggregation: Aggregation, used: Decimal, days: Mapping[date, Hours], today: date
) -> list[tuple[date, Decimal]]:
    """A gauge's value at the end of each day, oldest first, never negative; today's is current."""
    return [
        (day, at_least_zero(level)) for day, level in _exact_levels(aggregation, used, days, today)
    ]


def _exact_levels(
    aggregation: Aggregation, used: Decimal, days: Mapping[date, Hours], today: date
) -> list[tuple[date, Decimal]]:
    if not days:
        return [(today, used)]
    if aggregation in ("latest", "max"):
        measured = [
            (day, _of_day(aggregation, hours))
            for day, hours in sorted(days.items())
            if hours and day < today
        ]
        levels = (
            list(accumulate((level for _, level in measured), max))
            if aggregation == "max"
            else [level for _, level in measured]
        )
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
    """Truncated to the microsecond; if only rounding keeps a quotient from a whole number, that
    number is used. The caller bounds the span.
    """
    microseconds = EXACT.quantize(EXACT.scaleb(seconds, Decimal(6)), _LAST_DIGIT)
    return timedelta(microseconds=int(microseconds))
