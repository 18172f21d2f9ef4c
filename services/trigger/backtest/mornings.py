"""How full an account's meters were at a moment of the window, and on which mornings that is worth the daily look. Pure.

The daily look itself is the service's (`signals.of_usage`); only mornings on which it cannot raise anything are left out.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import nan

import numpy as np
from numpy.typing import NDArray

from services.trigger.backtest.series import EPOCH, HOUR, Series, first_hour, moment_of
from services.trigger.backtest.walking import Change, Found, Walked
from services.trigger.forecast import FEWEST_POINTS
from services.trigger.judgement import timing
from services.trigger.judgement.facts import Account, Usage
from services.trigger.judging import usage_rows
from services.trigger.judging.loading import DAYS_BACK, QUIET_PERCENT
from services.trigger.judging.usage_rows import Totals
from shared.catalog import Meter, Policy
from shared.periods import Period

WINDOW = 28 * 24
FARTHEST_DAYS = 3653
"""How far ahead a forecast looks (services/trigger/forecast.py)."""

_NONE = Decimal(0)
_NEARLY = 0.999
"""Floats leave out only what is clearly below a limit."""


@dataclass(frozen=True, slots=True)
class MeterHistory:
    """What happened to one meter of one account in the window."""

    meter: Meter
    series: Series
    walked: Walked
    changes: Sequence[Change]

    def limit(self, hour: int) -> tuple[bool, Decimal | None]:
        """Whether it was watched then, and what was allowed (None: unlimited)."""
        index = bisect_right(self.changes, hour, key=lambda change: change.hour) - 1
        allowed = self.changes[index].allowance if index >= 0 else None
        return allowed is not None, allowed.limit if allowed else None

    def period(self, at: datetime) -> Period | None:
        index = bisect_right(self.walked.periods, at, key=lambda period: period.start) - 1
        return self.walked.periods[index] if index >= 0 else None

    def totals(self, at: datetime, used: Decimal) -> Totals | None:
        """None where nothing was counted yet."""
        if self.meter.is_gauge:
            return Totals(used, None, None, None) if self.walked.hours else None
        period = self.period(at)
        if period is None or not used:
            return None
        before = next((one for one in self.walked.periods if one.end == period.start), None)
        return Totals(used, period.start, period.end, None if before is None else self._closed(before))

    def _closed(self, period: Period) -> Decimal | None:
        """What the period ended with; None where it had nothing."""
        if period.start in self.series.totals:
            return self.series.totals[period.start]
        return self.walked.level(first_hour(period.end) - 1) or None

    def recorded(self, at: datetime) -> dict[date, dict[int, Decimal]]:
        """As much of the last 60 days as the levels know: whole days, and of today the hours that were looked at."""
        today = first_hour(at - HOUR) // 24
        found = {}
        for index in range(bisect_left(self.series.days, today - DAYS_BACK.days), bisect_left(self.series.days, today)):
            last, high = self.series.last[index], self.series.high[index]
            hours = {23: last} if self.meter.aggregation in ("count", "sum", "unique") else {0: high, 23: last}
            found[moment_of(self.series.days[index] * 24).date()] = hours
        known = self.series.hours.get(today, {}).get(self.series.meter, ())
        so_far = {hour: value for hour, value in enumerate(known) if value is not None and moment_of(today * 24 + hour) < at}
        return {**found, at.date(): so_far} if so_far else found


@dataclass(frozen=True, slots=True)
class Forecasts:
    """All meters of one account."""

    account: Account
    meters: Mapping[str, MeterHistory]
    since: datetime
    until: datetime

    def usage(self, at: datetime, policy: Policy, found: Found | None) -> dict[str, Usage]:
        """What the service would have loaded then. `found`: the look that is being decided about."""
        plain = self._plain(at, self.meters, found)
        if not _turns_on_days(plain.values(), policy):
            return plain
        return {key: self._with_days(usage, at, policy) for key, usage in plain.items()}

    def daily(self, at: datetime, policy: Policy, meters: Iterable[str]) -> dict[str, Usage]:
        """What the daily look sees of these meters."""
        return {key: self._with_days(usage, at, policy) for key, usage in self._plain(at, meters, None).items()}

    def _plain(self, at: datetime, meters: Iterable[str], found: Found | None) -> dict[str, Usage]:
        plain: dict[str, Usage] = {}
        hour = first_hour(at)
        for key in meters:
            history = self.meters[key]
            watched, limit = history.limit(hour)
            used = found.used if found is not None and found.meter == key else history.walked.level(hour)
            totals = history.totals(found.period.start if found and found.period and found.meter == key else at, used)
            if watched and totals is not None:
                plain[key] = usage_rows.usage(key, totals, limit)
        return plain

    def _with_days(self, usage: Usage, at: datetime, policy: Policy) -> Usage:
        history = self.meters[usage.meter]
        return usage_rows.with_days(usage, history.meter, history.recorded(at), policy, at)

    def mornings(self, policy: Policy) -> Iterable[tuple[datetime, int]]:
        """Each 09:00 there in the window, with its hour, on which the daily look may find something."""
        if not self.meters:
            return ()
        every = _mornings(self.account.time_zone, self.since, self.until)
        worth = np.logical_or.reduce([_is_worth_a_look(history, every, policy.repeat_periods.percent) for history in self.meters.values()])
        return ((every.at[index], int(every.hours[index])) for index in np.flatnonzero(worth).tolist())

    def may_raise(self, at: datetime, hour: int, policy: Policy, still: Collection[tuple[str, str]]) -> list[str]:
        """Meters whose daily look may raise a signal that is not open (`still`)."""
        return [key for key, history in self.meters.items() if _may_raise(key, history, at, hour, policy, still)]


@dataclass(frozen=True, slots=True)
class _Mornings:
    """`times`: hours since 1970, with their fraction; `hours`: the first that starts then or later."""

    at: Sequence[datetime]
    times: NDArray[np.float64]
    hours: NDArray[np.int64]


def _is_worth_a_look(history: MeterHistory, every: _Mornings, percent: int) -> NDArray[np.bool_]:
    """All mornings at once, roughly: which of them the exact questions below are asked about."""
    hours = np.array(history.walked.hours, dtype=np.int64)
    amounts = np.array([0.0, *map(float, history.walked.levels)])
    allowed = [float(change.allowance.limit or nan) if change.allowance else nan for change in history.changes]
    from_hours = np.array([change.hour for change in history.changes], dtype=np.int64)
    levels = amounts[np.searchsorted(hours, every.hours, "right")]
    limits = np.array([nan, *allowed])[np.searchsorted(from_hours, every.hours, "right")]
    near = levels * 100 >= limits * percent * _NEARLY
    if history.meter.is_gauge:
        on_its_way = levels > amounts[np.searchsorted(hours, every.hours - 24, "right")]
    else:
        starts = np.array([_time(period.start) for period in history.walked.periods])
        lengths = np.array([nan, *((period.end - period.start) / HOUR for period in history.walked.periods)])
        index = np.searchsorted(starts, every.times, "right")
        passed = every.times - np.array([nan, *starts])[index]
        on_its_way = levels * lengths[index] >= limits * passed * _NEARLY
    return near | (on_its_way & (levels < limits))


def _time(moment: datetime) -> float:
    return (moment - EPOCH) / HOUR


def _turns_on_days(usages: Iterable[Usage], policy: Policy) -> bool:
    """The same condition as when the service loads an account."""
    shares = [usage.percent for usage in usages if usage.percent is not None]
    return bool(shares) and (max(shares) >= policy.repeat_periods.percent or max(shares) < QUIET_PERCENT)


def _may_raise(key: str, history: MeterHistory, at: datetime, hour: int, policy: Policy, still: Collection[tuple[str, str]]) -> bool:
    limit = history.limit(hour)[1]
    if not limit:
        return False
    level = history.walked.level(hour)
    if ("repeated_limit", key) not in still and level * 100 >= limit * policy.repeat_periods.percent:
        return True
    if level >= limit or ("forecast_limit", key) in still:
        return False
    return _is_rising(history, hour, level, limit) if history.meter.is_gauge else _is_fast(history, at, level, limit)


def _is_fast(history: MeterHistory, at: datetime, level: Decimal, limit: Decimal) -> bool:
    """A counter that goes on as so far will be full at its period's end, or so nearly that the forecast has to be asked."""
    period = history.period(at)
    if period is None or not period.start < at < period.end:
        return False
    return float(level) * ((period.end - period.start) / (at - period.start)) >= float(limit) * _NEARLY


def _is_rising(history: MeterHistory, hour: int, level: Decimal, limit: Decimal) -> bool:
    """A gauge at its highest of four weeks whose days mostly rise: the exact forecast is asked only then."""
    walked, series, today = history.walked, history.series, hour // 24
    earlier = walked.levels[bisect_left(walked.hours, hour - WINDOW) : bisect_right(walked.hours, hour - 24)]
    if level <= max(earlier, default=_NONE):
        return False
    if series.adds_up:
        days: Sequence[int] = range(max(today - 28, series.days[0]), today)
    else:
        days = series.days[bisect_left(series.days, today - 28) : bisect_left(series.days, today)]
    points = np.array([*days, today], dtype=np.float64)
    levels = np.array([*(float(walked.level(day * 24 + 24)) for day in days), float(level)])
    if len(points) < FEWEST_POINTS:
        return False
    first, second = _pairs(len(points))
    slopes = (levels[second] - levels[first]) / (points[second] - points[first])
    middle = len(slopes) // 2
    daily = float(np.partition(slopes, (middle, len(slopes) - 1 - middle))[[middle, -1 - middle]].mean())
    return daily * FARTHEST_DAYS * 1.01 >= float(limit - level)


@lru_cache(maxsize=64)
def _pairs(points: int) -> tuple[NDArray[np.intp], ...]:
    return np.triu_indices(points, 1)


@lru_cache(maxsize=1024)
def _mornings(time_zone: str, since: datetime, until: datetime) -> _Mornings:
    account, found = Account("", time_zone=time_zone), []
    at = timing.next_morning(account, since)
    while at <= until:
        found.append(at)
        at = timing.next_morning(account, at + timedelta(minutes=1))
    hours = np.array([first_hour(at) for at in found], dtype=np.int64)
    return _Mornings(found, np.array([_time(at) for at in found]), hours)
