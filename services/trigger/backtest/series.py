"""The recorded usage of one meter of one account, by day, and by hour if requested. Pure.

Moments are hours since 1970 (UTC). An hour belongs to the billing period that contains its start.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shared.catalog import Aggregation

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = Decimal(0)

Hours = Sequence[Decimal | None]
"""The 24 hours of a day; None if nothing was recorded."""

Need = Generator[int, None, None]
"""Yields a day whose hours it needs; they are available when it is resumed."""


def first_hour(moment: datetime) -> int:
    """The first hour that starts at or after `moment`."""
    return -((EPOCH - moment) // HOUR)


def moment_of(hour: int) -> datetime:
    return EPOCH + hour * HOUR


@dataclass(slots=True)
class Series:
    """Per recorded day: `last` is the day's sum (for `latest` its last value, for `max` its
    highest), `high` and `low` its extreme hours.

    `totals`: the stored total of each period, by its start. `hours`: of the account's requested
    days. `in_use`: by day, in how many hours it was used.
    """

    meter: str
    aggregation: Aggregation
    days: Sequence[int]
    last: Sequence[Decimal]
    high: Sequence[Decimal]
    low: Sequence[Decimal]
    totals: Mapping[datetime, Decimal] = field(default_factory=dict)
    hours: Mapping[int, Mapping[str, Hours]] = field(default_factory=dict)
    in_use: Mapping[int, int] = field(default_factory=dict)

    def hours_in_use(self, start: datetime, at: datetime) -> int:
        """In how many hours it was used from the day of `start` until the day of `at` began."""
        first, today = (start - EPOCH) // DAY, (at - EPOCH) // DAY
        return sum(hours for day, hours in self.in_use.items() if first <= day < today)

    @property
    def adds_up(self) -> bool:
        return self.aggregation in ("count", "sum", "unique")

    def after(self, level: Decimal, value: Decimal) -> Decimal:
        """The total after `value` is added."""
        if self.adds_up:
            return level + value
        return max(level, value) if self.aggregation == "max" else value

    def after_day(self, level: Decimal, index: int) -> Decimal:
        return self.after(level, self.last[index])

    def touches(
        self, level: Decimal, index: int, alert_at: Decimal | None, rearm_at: Decimal | None
    ) -> bool:
        """Whether the total may reach `alert_at` or fall below `rearm_at` within the day."""
        if self.adds_up:
            if self.low[index] < 0:
                return alert_at is not None or rearm_at is not None
            return alert_at is not None and level + self.last[index] >= alert_at
        rises = alert_at is not None and self.high[index] >= alert_at
        return rises or (
            self.aggregation == "latest" and rearm_at is not None and self.low[index] < rearm_at
        )

    def within(self, begin: int, end: int) -> range:
        """Indexes of the days with hours from `begin` until before `end`."""
        return range(bisect_left(self.days, begin // 24), bisect_right(self.days, (end - 1) // 24))

    def is_whole(self, index: int, begin: int, end: int) -> bool:
        return begin <= self.days[index] * 24 and self.days[index] * 24 + 24 <= end

    def recorded(self, index: int, begin: int, end: int) -> Iterator[tuple[int, Decimal]]:
        """The hours of a day whose hours are known, as far as they are within that range."""
        day = self.days[index]
        for number, value in enumerate(self.hours[day].get(self.meter, ()), day * 24):
            if value is not None and begin <= number < end:
                yield number, value

    def base(self, start: datetime, begin: int, end: int) -> Generator[int, None, Decimal]:
        """The total at hour `begin` of the period that starts at `start`, computed backwards from
        the stored total.
        """
        if not self.adds_up or start not in self.totals:
            return _NOTHING
        level = self.totals[start]
        for index in self.within(begin, end):
            if self.is_whole(index, begin, end):
                level -= self.last[index]
            else:
                yield from self.need(index)
                level -= sum((value for _, value in self.recorded(index, begin, end)), _NOTHING)
        return level

    def need(self, index: int) -> Need:
        if self.days[index] not in self.hours:
            yield self.days[index]
