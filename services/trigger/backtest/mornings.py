"""How full an account's meters were at a moment of the window, and on which mornings that is worth the daily look. Pure.

The daily look itself is the service's (`signals.of_usage`); only mornings on which it cannot raise anything are left out.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from services.trigger.backtest.series import HOUR, Series, first_hour, moment_of
from services.trigger.backtest.walking import Change, Found, Walked
from services.trigger.judgement import timing
from services.trigger.judgement.facts import Account, Usage
from services.trigger.judging import usage_rows
from services.trigger.judging.loading import DAYS_BACK, QUIET_PERCENT
from services.trigger.judging.usage_rows import Totals
from shared.catalog import Meter, Policy
from shared.periods import Period

WINDOW = 28 * 24
_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Gone:
    """One meter as it went through the window."""

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
    meters: Mapping[str, Gone]
    since: datetime
    until: datetime

    def usage(self, at: datetime, policy: Policy, found: Found | None, *, daily: bool) -> dict[str, Usage]:
        """What the service would have loaded then. `found`: the look that is being decided about."""
        plain: dict[str, Usage] = {}
        hour = first_hour(at)
        for key, gone in self.meters.items():
            watched, limit = gone.limit(hour)
            used = found.used if found is not None and found.meter == key else gone.walked.level(hour)
            totals = gone.totals(found.period.start if found and found.period and found.meter == key else at, used)
            if watched and totals is not None:
                plain[key] = usage_rows.usage(key, totals, limit)
        if not (daily or _turns_on_days(plain.values(), policy)):
            return plain
        return {key: self._with_days(usage, at, policy) for key, usage in plain.items()}

    def _with_days(self, usage: Usage, at: datetime, policy: Policy) -> Usage:
        gone = self.meters[usage.meter]
        return usage_rows.with_days(usage, gone.meter, gone.recorded(at), policy, at)

    def mornings(self, policy: Policy) -> Iterator[tuple[datetime, frozenset[tuple[str, str]]]]:
        """Mornings with the signals that they may raise: (type, meter)."""
        for at, hour in _mornings(self.account.time_zone, self.since, self.until):
            raised = frozenset(one for key, gone in self.meters.items() for one in _may_raise(key, gone, at, hour, policy))
            if raised:
                yield at, raised


def _turns_on_days(usages: Iterable[Usage], policy: Policy) -> bool:
    """The same condition as when the service loads an account."""
    shares = [usage.percent for usage in usages if usage.percent is not None]
    return bool(shares) and (max(shares) >= policy.repeat_periods.percent or max(shares) < QUIET_PERCENT)


def _may_raise(key: str, gone: Gone, at: datetime, hour: int, policy: Policy) -> Iterator[tuple[str, str]]:
    limit = gone.limit(hour)[1]
    if not limit:
        return
    level = gone.walked.level(hour)
    if level * 100 >= limit * policy.repeat_periods.percent:
        yield "repeated_limit", key
    if level < limit and (_is_new_high(gone, hour, level) if gone.meter.is_gauge else _is_fast(gone, at, level, limit)):
        yield "forecast_limit", key


def _is_fast(gone: Gone, at: datetime, level: Decimal, limit: Decimal) -> bool:
    """A counter that goes on as so far will be full at its period's end, or so nearly that the forecast has to be asked."""
    period = gone.period(at)
    if period is None or not period.start < at < period.end:
        return False
    return float(level) * ((period.end - period.start) / (at - period.start)) >= float(limit) * 0.999


def _is_new_high(gone: Gone, hour: int, level: Decimal) -> bool:
    """A gauge that has not risen in four weeks is not on its way anywhere."""
    walked = gone.walked
    earlier = walked.levels[bisect_left(walked.hours, hour - WINDOW) : bisect_right(walked.hours, hour - 24)]
    return level > max(earlier, default=_NONE)


@lru_cache(maxsize=1024)
def _mornings(time_zone: str, since: datetime, until: datetime) -> tuple[tuple[datetime, int], ...]:
    account, found = Account("", time_zone=time_zone), []
    at = timing.next_morning(account, since)
    while at <= until:
        found.append((at, first_hour(at)))
        at = timing.next_morning(account, at + timedelta(minutes=1))
    return tuple(found)
