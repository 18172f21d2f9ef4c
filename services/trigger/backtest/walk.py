"""One meter of one account through the window: when its thresholds are reached under given limits.
Pure.

Uses the production `thresholds.evaluate`, woken in the same way: nothing is evaluated while the
total stays between `alert_at` and `rearm_at`, and a day's hours are only read if the day crosses
one of the two.
"""

from bisect import bisect_right
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from services.trigger.backtest.series import Series, first_hour, moment_of
from services.trigger.limits import Allowance
from services.trigger.thresholds import Evaluation, State, close, evaluate
from shared.catalog import Threshold
from shared.values.periods import NEVER, Grid, Period, period_at
from shared.values.quantities import at_least_zero

_ZERO = Decimal(0)
_FRESH = State()

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Change:
    """What is allowed from this hour on (None: there is no plan), by a change at `at`."""

    hour: int
    at: datetime
    allowance: Allowance | None


@dataclass(frozen=True, slots=True)
class Found:
    """A look that found something. `at` is the end of its hour: the decision knows everything known
    then.

    `by_change`: caused by a plan that began, changed or ended; otherwise by usage.
    """

    at: datetime
    meter: str
    used: Decimal
    limit: Decimal | None
    period: Period | None
    result: Evaluation
    by_change: bool = False

    @property
    def is_open(self) -> bool:
        return any(mark.standing == "open" for mark in self.result.state.marks.values())


@dataclass(slots=True)
class Walked:
    """The result: the looks that found something, and the totals at the end of some hours."""

    found: list[Found] = field(default_factory=list)
    hours: list[int] = field(default_factory=list)
    levels: list[Decimal] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)

    def level(self, hour: int) -> Decimal:
        """The total at the beginning of an hour; on days without events, as far as known."""
        index = bisect_right(self.hours, hour)
        return self.levels[index - 1] if index else _ZERO

    def _note(self, hour: int, level: Decimal) -> None:
        self.hours.append(hour)
        self.levels.append(level)


Walk = Generator[int, None, Walked]


def walk(
    series: Series, changes: Sequence[Change], grid: Grid | None, begin: int, now: datetime
) -> Walk:
    """`grid` None: a gauge.

    `changes` in order, the first no later than hour `begin`. Yields days whose hours it needs.
    """
    walker = _Walker(series, changes, now, gauge=grid is None)
    if grid is None:
        yield from walker.through(NEVER, None, begin)
        return walker.walked
    period = period_at(grid, moment_of(begin))
    while period.start <= now:
        yield from walker.through(period.start, period, max(begin, first_hour(period.start)))
        period = period_at(grid, period.end)
    return walker.walked


@dataclass(slots=True)
class _Walker:
    series: Series
    changes: Sequence[Change]
    now: datetime
    gauge: bool
    walked: Walked = field(default_factory=Walked)
    allowance: Allowance | None = None
    state: State = field(default_factory=State)
    alert_at: Decimal | None = None
    rearm_at: Decimal | None = None
    _next: int = 0

    def through(
        self, start: datetime, period: Period | None, begin: int
    ) -> Generator[int, None, None]:
        """One period, from its first hour in the window to its end or now."""
        series, end = self.series, first_hour(min(period.end if period else self.now, self.now))
        if not self.gauge and period is not None:
            self.walked.periods.append(period)
        level = yield from series.base(start, begin, end)
        self.walked._note(begin, level)
        self.state = State()
        self._change(begin, level, period)
        self._look(moment_of(begin), level, period)
        for index in series.within(begin, end):
            day = series.days[index]
            whole = series.is_whole(index, begin, end)
            if (
                whole
                and not self._changes_before(day * 24 + 24)
                and not series.touches(level, index, self.alert_at, self.rearm_at)
            ):
                level = series.after_day(level, index)
            else:
                yield from series.need(index)
                for hour, value in series.recorded(index, begin, end):
                    self._change(hour, level, period)
                    level = series.after(level, value)
                    self._wake(hour, level, period)
                    self.walked._note(hour + 1, level)
            self.walked._note(min(day * 24 + 24, end), level)
        self._change(end, level, period)
        if period is not None and period.end <= self.now:
            self._end(period)

    def _changes_before(self, hour: int) -> bool:
        return self._next < len(self.changes) and self.changes[self._next].hour < hour

    def _change(self, hour: int, level: Decimal, period: Period | None) -> None:
        """Plans that changed until then, each evaluated as of its own moment."""
        while self._changes_before(hour + 1):
            change = self.changes[self._next]
            self._next += 1
            self.allowance = change.allowance
            if change.allowance is None:
                self._keep(
                    change.at,
                    at_least_zero(level),
                    period,
                    close(self.state, "cancelled"),
                    by_change=True,
                )
            else:
                self._look(change.at, level, period, by_change=True)

    def _wake(self, hour: int, level: Decimal, period: Period | None) -> None:
        if (self.alert_at is not None and level >= self.alert_at) or (
            self.rearm_at is not None and level < self.rearm_at
        ):
            self._look(self._end_of(hour, period), level, period)

    def _end_of(self, hour: int, period: Period | None) -> datetime:
        """Nothing is sent after its period, or after the plan under which it was found."""
        ends = [moment_of(hour + 1), self.now]
        if period is not None:
            ends.append(period.end - _INSTANT)
        if self._next < len(self.changes):
            ends.append(self.changes[self._next].at)
        return min(ends)

    def _look(
        self, at: datetime, level: Decimal, period: Period | None, *, by_change: bool = False
    ) -> None:
        allowed, level = self.allowance, at_least_zero(level)
        if allowed is None:
            return
        if level == 0 and self.state == _FRESH:
            result = _untouched(allowed.limit, allowed.thresholds, self.gauge)
        else:
            result = evaluate(
                level, allowed.limit, allowed.thresholds, self.state, gauge=self.gauge
            )
        self._keep(at, level, period, result, by_change=by_change)

    def _keep(
        self,
        at: datetime,
        level: Decimal,
        period: Period | None,
        result: Evaluation,
        *,
        by_change: bool,
    ) -> None:
        self.state, self.alert_at, self.rearm_at = result.state, result.alert_at, result.rearm_at
        if result.reached or result.closed or result.gated is not None:
            limit = self.allowance.limit if self.allowance else None
            self.walked.found.append(
                Found(at, self.series.meter, level, limit, period, result, by_change)
            )

    def _end(self, period: Period) -> None:
        if any(mark.standing == "open" for mark in self.state.marks.values()):
            closed = close(self.state, "reset")
            self.walked.found.append(
                Found(period.end, self.series.meter, _ZERO, self.state.limit, period, closed)
            )


@lru_cache(maxsize=4096)
def _untouched(limit: Decimal | None, thresholds: tuple[Threshold, ...], gauge: bool) -> Evaluation:
    """Every period of every account begins with the same look."""
    return evaluate(_ZERO, limit, thresholds, State(), gauge=gauge)
