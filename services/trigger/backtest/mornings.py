"""How full an account's meters were at a moment of the window, and which mornings deserve the daily
look. Pure.

The daily look itself is the production one (`signals.of_usage`); only mornings on which it cannot
raise anything are skipped.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import nan

import numpy as np
from numpy.typing import NDArray

from services.trigger.accounts import Account
from services.trigger.alerts.forecast import FEWEST_POINTS, WINDOW_DAYS
from services.trigger.backtest.series import EPOCH, HOUR, Series, first_hour, moment_of
from services.trigger.backtest.walk import Change, Found, Walked
from services.trigger.dossier import meter_usage
from services.trigger.dossier.dossier import DAYS_BACK
from services.trigger.dossier.meter_usage import Totals
from services.trigger.judgement.facts.facts import Usage
from services.trigger.judgement.findings import timing
from services.trigger.judgement.findings.signals import LIMIT_AHEAD
from shared.catalog import Meter, Policy
from shared.values.periods import Period

DAY = timedelta(days=1)
_AHEAD_DAYS = LIMIT_AHEAD / DAY
_NEARLY = 0.999
"""Floats only rule out what is clearly below a limit."""

_HOT_HOURS = (meter_usage.TREND_DAYS + 1) * 24
_NEVER = 2**31
_FIRST, _SECOND = np.triu_indices(WINDOW_DAYS + 1, 1)
_Floats = NDArray[np.float64]
_Whole = NDArray[np.int64]
_Flags = NDArray[np.bool_]


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
        """None if nothing was counted yet."""
        if self.meter.is_gauge:
            return Totals(used, None, None, None) if self.walked.hours else None
        period = self.period(at)
        if period is None or not used:
            return None
        before = next((one for one in self.walked.periods if one.end == period.start), None)
        return Totals(
            used, period.start, period.end, None if before is None else self._closed(before)
        )

    def _closed(self, period: Period) -> Decimal | None:
        """The period's final total; None if it had none."""
        if period.start in self.series.totals:
            return self.series.totals[period.start]
        return self.walked.level(first_hour(period.end) - 1) or None

    def recorded(self, at: datetime) -> dict[date, dict[int, Decimal]]:
        """The last 60 days, as far as the levels are known: whole days, and the hours of today that
        were looked at.
        """
        today = (at - EPOCH) // DAY
        found = {}
        for index in range(
            bisect_left(self.series.days, today - DAYS_BACK.days),
            bisect_left(self.series.days, today),
        ):
            last, high = self.series.last[index], self.series.high[index]
            hours = (
                {23: last}
                if self.meter.aggregation in ("count", "sum", "unique")
                else {0: high, 23: last}
            )
            found[moment_of(self.series.days[index] * 24).date()] = hours
        if not self._is_known_by_the_hour(today):
            return found
        known = self.series.hours.get(today, {}).get(self.series.meter, ())
        so_far = {
            hour: value
            for hour, value in enumerate(known)
            if value is not None and moment_of(today * 24 + hour) < at
        }
        return {**found, at.date(): so_far} if so_far else found

    def _is_known_by_the_hour(self, day: int) -> bool:
        """The total of a day that crosses nothing is known when the day has ended; hourly usage
        within it must match the total.
        """
        hours = self.walked.hours
        return bisect_right(hours, day * 24) < bisect_left(hours, day * 24 + 24)


@dataclass(frozen=True, slots=True)
class Forecasts:
    """All meters of one account."""

    account: Account
    meters: Mapping[str, MeterHistory]
    since: datetime
    until: datetime

    def usage(self, at: datetime, policy: Policy, found: Found | None) -> dict[str, Usage]:
        """What the service would have loaded then.

        `found`: the look that is being decided about.
        """
        plain = self._plain(at, self.meters, found)
        if not meter_usage.turns_on_days(plain.values(), policy):
            return plain
        return {key: self._with_days(usage, at, policy) for key, usage in plain.items()}

    def daily(self, at: datetime, policy: Policy, meters: Iterable[str]) -> dict[str, Usage]:
        """What the daily look sees of these meters."""
        return {
            key: self._with_days(usage, at, policy)
            for key, usage in self._plain(at, meters, None).items()
        }

    def _plain(self, at: datetime, meters: Iterable[str], found: Found | None) -> dict[str, Usage]:
        plain: dict[str, Usage] = {}
        hour = first_hour(at)
        for key in meters:
            history = self.meters[key]
            watched, limit = history.limit(hour)
            used = (
                found.used
                if found is not None and found.meter == key
                else history.walked.level(hour)
            )
            totals = history.totals(
                found.period.start if found and found.period and found.meter == key else at, used
            )
            if watched and totals is not None:
                plain[key] = meter_usage.usage(key, totals, limit)
        return plain

    def _with_days(self, usage: Usage, at: datetime, policy: Policy) -> Usage:
        history = self.meters[usage.meter]
        in_use = history.series.hours_in_use(usage.period_start or at, at)
        return meter_usage.with_days(usage, history.meter, history.recorded(at), policy, at, in_use)

    def mornings(self, policy: Policy) -> Sequence[tuple[datetime, Sequence[tuple[str, str]]]]:
        """Each local 09:00 at which the daily look may raise something: signal and meter."""
        every = _mornings(self.account.time_zone, self.since, self.until)
        found: dict[int, list[tuple[str, str]]] = {}
        if every.at:
            for key, history in self.meters.items():
                for type_, worth in _worth_a_look(history, every, policy.repeat_periods.percent):
                    for index in np.flatnonzero(worth).tolist():
                        found.setdefault(index, []).append((type_, key))
        return [(every.at[index], may) for index, may in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class _Mornings:
    """`times`: hours since 1970, with fractions; `hours`: the first hour that starts then or later;
    `today`: days since 1970.

    `days`: all days from four weeks before the first until before the last.
    """

    at: Sequence[datetime]
    times: _Floats
    hours: _Whole
    today: _Whole
    days: _Whole


def _worth_a_look(
    history: MeterHistory, every: _Mornings, percent: int
) -> Iterable[tuple[str, _Flags]]:
    """All mornings together, in floats: on which of them each signal may be raised.

    Only these are checked exactly.
    """
    hours = np.array(history.walked.hours, dtype=np.int64)
    amounts = np.maximum(np.array([0.0, *map(float, history.walked.levels)]), 0.0)
    allowed = [
        float(change.allowance.limit or nan) if change.allowance else nan
        for change in history.changes
    ]
    from_hours = np.array([change.hour for change in history.changes], dtype=np.int64)
    levels = amounts[np.searchsorted(hours, every.hours, "right")]
    limits = np.array([nan, *allowed])[np.searchsorted(from_hours, every.hours, "right")]
    highest = np.maximum(levels, _highest(history.series, every, hours, amounts))
    yield "repeated_limit", highest * 100 >= limits * percent * _NEARLY
    if not history.meter.is_gauge:
        yield "forecast_limit", (levels < limits) & _lasts_not(history, every, levels, limits)
    elif len(hours):
        ended = amounts[np.maximum(np.searchsorted(hours, every.days * 24 + 24, "right"), 1)]
        yield (
            "forecast_limit",
            _fills_in_time(_points(history.series, every, ended, levels), limits),
        )


def _highest(series: Series, every: _Mornings, hours: _Whole, amounts: _Floats) -> _Floats:
    """The highest level on days that count as near the limit: it may be lower by now (R-026)."""
    first = every.hours - _HOT_HOURS
    begins, ends = (
        np.searchsorted(hours, first, "right"),
        np.searchsorted(hours, every.hours, "right") + 1,
    )
    found: _Floats = np.array(
        [amounts[begin:end].max() for begin, end in zip(begins, ends, strict=True)]
    )
    if series.adds_up or not len(series.days):
        return found
    days, highs = np.array(series.days, dtype=np.int64), np.array([0.0, *map(float, series.high)])
    begins, ends = (
        np.searchsorted(days, first // 24, "left"),
        np.searchsorted(days, every.today, "right"),
    )
    of_days: _Floats = np.array(
        [
            highs[begin + 1 : end + 1].max(initial=0.0)
            for begin, end in zip(begins, ends, strict=True)
        ]
    )
    highest: _Floats = np.maximum(found, of_days)
    return highest


def _lasts_not(history: MeterHistory, every: _Mornings, levels: _Floats, limits: _Floats) -> _Flags:
    """A counter that will be full at the end of its period at the present pace."""
    starts = np.array([_time(period.start) for period in history.walked.periods])
    lengths = np.array(
        [nan, *((period.end - period.start) / HOUR for period in history.walked.periods)]
    )
    index = np.searchsorted(starts, every.times, "right")
    passed = every.times - np.array([nan, *starts])[index]
    fast: _Flags = levels * lengths[index] >= limits * passed * _NEARLY
    return fast


def _points(series: Series, every: _Mornings, ended: _Floats, levels: _Floats) -> _Floats:
    """One row per morning: a gauge's value at the end of each day of four weeks, and now."""
    recorded = np.array(series.days, dtype=np.int64)
    if not series.adds_up:
        ended = np.where(np.isin(every.days, recorded), ended, nan)
    weeks = np.lib.stride_tricks.sliding_window_view(ended, WINDOW_DAYS)[
        every.today - every.today[0]
    ]
    if series.adds_up:
        first = np.append(recorded, _NEVER)[np.searchsorted(recorded, every.today - DAYS_BACK.days)]
        days = np.lib.stride_tricks.sliding_window_view(every.days, WINDOW_DAYS)[
            every.today - every.today[0]
        ]
        weeks = np.where(days >= first[:, None], weeks, nan)
    return np.column_stack((weeks, levels))


def _fills_in_time(points: _Floats, limits: _Floats) -> _Flags:
    """Uses the median slope between the points.

    No slope exceeds the range of the points, which rules out most.
    """
    room = (limits - points[:, -1]) * _NEARLY
    growth = np.fmax.reduce(points, axis=1) - np.fmin.reduce(points, axis=1)
    fills: _Flags = (room > 0) & (growth * _AHEAD_DAYS >= room)
    slopes = (points[fills][:, _SECOND] - points[fills][:, _FIRST]) / (_SECOND - _FIRST)
    slopes.sort(axis=1)
    known, rows = np.count_nonzero(~np.isnan(slopes), axis=1), np.arange(len(slopes))
    median = (slopes[rows, (known - 1) // 2] + slopes[rows, known // 2]) / 2
    fills[fills] = (known >= FEWEST_POINTS) & (median * _AHEAD_DAYS >= room[fills])
    return fills


def _time(moment: datetime) -> float:
    return (moment - EPOCH) / HOUR


@lru_cache(maxsize=1024)
def _mornings(time_zone: str, since: datetime, until: datetime) -> _Mornings:
    account, found = Account("", "", "en", time_zone), []
    at = timing.next_morning(account, since)
    while at <= until:
        found.append(at)
        at = timing.next_morning(account, at + timedelta(minutes=1))
    hours = np.array([first_hour(at) for at in found], dtype=np.int64)
    today = np.array([(at - EPOCH) // DAY for at in found], dtype=np.int64)
    days = np.arange(today[0] - WINDOW_DAYS, today[-1]) if found else today
    return _Mornings(found, np.array([_time(at) for at in found]), hours, today, days)
