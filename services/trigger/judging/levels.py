"""A meter's recorded hours as the crossings they make under given limits (semantics.md), without looking at every hour (issue 5, 11).

Most days move no meter over any threshold. numpy finds the days that may; only their hours go through `thresholds.evaluate`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from services.trigger.judging.replay import Crossed
from services.trigger.limits import Allowance, percent
from services.trigger.thresholds import MARGIN_POINTS, State, evaluate
from shared.catalog import Meter
from shared.periods import Grid, Period, period_at

Floats = NDArray[np.float64]
HOUR = timedelta(hours=1)
SHOWN = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Series:
    """A meter's days, oldest first. `totals` are sums of hours, `lasts` last values, `highs` highest ones. `used`: a gauge's level now."""

    account: str
    meter: str
    days: tuple[date, ...]
    totals: Floats
    lasts: Floats
    highs: Floats
    used: Decimal


def hot_days(series: Series, meter: Meter, allowed: Allowance, grid: Grid) -> list[int]:
    """Indices of the days in which the number of reached thresholds may change."""
    amounts = [(one, amount) for one in allowed.thresholds if (amount := one.amount(allowed.limit)) is not None]
    if not amounts or not len(series.days):
        return []
    ends, peaks = _levels(series, meter, grid)
    highs = np.array(sorted(float(amount) for _, amount in amounts))
    margins = ((allowed.limit or Decimal(0)) if one.at is None else amount for one, amount in amounts)
    falls_at = (float(amount - of * MARGIN_POINTS / 100) for (_, amount), of in zip(amounts, margins, strict=True))
    lows = np.array(sorted(falls_at)) if meter.is_gauge else highs
    starts = np.concatenate(([_before(series, meter)], ends[:-1]))
    if not meter.is_gauge:
        starts = np.where(_first_of_period(series.days, grid), 0.0, starts)
    rises = np.searchsorted(highs, peaks * (1 + 1e-9) + 1e-9, "right") != np.searchsorted(highs, starts - 1e-9, "right")
    falls = np.searchsorted(lows, ends - 1e-9, "left") != np.searchsorted(lows, starts + 1e-9, "left")
    return [int(index) for index in np.flatnonzero(rises | falls)]


def level_before(series: Series, meter: Meter, grid: Grid, index: int) -> Decimal:
    """The level when a day began, exact as far as the recorded sums are whole numbers."""
    ends, _ = _levels(series, meter, grid)
    if not meter.is_gauge and _first_of_period(series.days, grid)[index]:
        return Decimal(0)
    level = ends[index - 1] if index else _before(series, meter)
    return Decimal(repr(float(level))).quantize(SHOWN)


def _levels(series: Series, meter: Meter, grid: Grid) -> tuple[Floats, Floats]:
    """Level at each day's end, and the highest that may have been reached within it."""
    if meter.aggregation == "latest":
        return series.lasts, series.highs
    if meter.aggregation == "max":
        highs = series.highs if not meter.is_gauge else np.maximum.accumulate(series.highs)
        ends = highs if meter.is_gauge else _by_period(series, grid, np.maximum.accumulate)
        return ends, ends
    ends = np.cumsum(series.totals) + _before(series, meter) if meter.is_gauge else _by_period(series, grid, np.cumsum)
    return ends, np.maximum(ends, np.concatenate(([0.0], ends[:-1])) + np.maximum(series.totals, 0))


def _by_period(series: Series, grid: Grid, accumulate: "np.ufunc | object") -> Floats:
    values = series.highs if accumulate is not np.cumsum else series.totals
    ends = np.empty_like(values)
    begins = [*np.flatnonzero(_first_of_period(series.days, grid)), len(values)]
    previous = 0
    for begin in begins:
        if begin > previous:
            ends[previous:begin] = accumulate(values[previous:begin])  # type: ignore[operator]
        previous = begin
    return ends


def _before(series: Series, meter: Meter) -> float:
    """Before the first day: of a gauge that is summed what is left of the level now; else nothing."""
    if meter.is_gauge and meter.aggregation not in ("latest", "max"):
        return float(series.used) - float(series.totals.sum())
    return 0.0


def _first_of_period(days: Sequence[date], grid: Grid) -> NDArray[np.bool_]:
    """Whether a recorded day is the first of its billing period; a day belongs to the period that contains its start."""
    if not days:
        return np.zeros(0, dtype=bool)
    boundaries = [days[0]]
    moment = datetime.combine(days[0], time(), UTC)
    while moment.date() <= days[-1]:
        moment = period_at(grid, moment).end
        boundaries.append(moment.date())
    starts = np.array(boundaries, dtype="datetime64[D]")
    index = np.searchsorted(starts, np.array(days, dtype="datetime64[D]"), "right")
    return np.concatenate(([True], index[1:] != index[:-1]))


@dataclass(slots=True)
class Walk:
    """Steps through the hours of the days that matter, with the state that `evaluate` keeps."""

    series: Series
    meter: Meter
    allowed: Allowance
    grid: Grid
    since: datetime

    def crossings(self, hours: Mapping[date, Mapping[int, Decimal]], days: Sequence[int]) -> list[Crossed]:
        found: list[Crossed] = []
        state, period, peaks = State(), None, dict[datetime, Decimal]()
        for index in days:
            day = self.series.days[index]
            level = level_before(self.series, self.meter, self.grid, index)
            for position, hour in enumerate(sorted(hours.get(day, {}))):
                at = datetime.combine(day, time(hour), UTC)
                now = None if self.meter.is_gauge else period_at(self.grid, at)
                if now != period:
                    state, period, level = State(), now, Decimal(0) if position else level
                level = self._next(level, hours[day][hour])
                if period is not None:
                    peaks[period.start] = level
                result = evaluate(level, self.allowed.limit, self.allowed.thresholds, state, gauge=self.meter.is_gauge)
                state = result.state
                if result.told is not None and at >= self.since:
                    found.append(self._crossed(at, level, period, result.told.threshold, result.told.again, peaks))
        return found

    def _next(self, level: Decimal, value: Decimal) -> Decimal:
        match self.meter.aggregation:
            case "latest":
                return value
            case "max":
                return max(level, value)
            case _:
                return level + value

    def _crossed(
        self, at: datetime, level: Decimal, period: Period | None, threshold: object, again: bool, peaks: Mapping[datetime, Decimal]
    ) -> Crossed:
        before = None
        if period is not None:
            earlier = period_at(self.grid, period.start - HOUR).start
            before = percent(peaks[earlier], self.allowed.limit) if earlier in peaks else None
        start, end = (period.start, period.end) if period is not None else (None, None)
        return Crossed(at, self.meter.id, threshold, level, self.allowed.limit, start, end, again, before)  # type: ignore[arg-type]
