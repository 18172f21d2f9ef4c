"""Billing periods, meter windows, months that do not drift, and business time. Pure: the caller
passes the time.

A grid's boundaries are at the anchor's wall time in the account's time zone, n intervals from the
anchor (never from the previous boundary, so that 31 January, 28 February, 31 March do not drift to
the 28th). A wall time that is skipped (clocks went forward) moves later by the size of the jump; of
a repeated one the first counts; the anchor itself is always a boundary.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeVar, cast, get_args
from zoneinfo import ZoneInfo, available_timezones

if TYPE_CHECKING:
    from holidays import HolidayBase

Interval = Literal["day", "week", "month", "year"]
Reset = Literal["month", "week", "day", "year", "period", "never"]
"""When a meter restarts from zero: in its own windows, with the billing period, or never (a gauge).
"""
Day = TypeVar("Day", date, datetime)

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Start of a gauge's only period, which has no end."""

OPENS, CLOSES = time(9), time(18)
"""Proposals are sent from nine to six, Monday to Friday, in the reader's time zone (BP-24)."""

TASK_DAYS = {"high": 1, "medium": 3, "low": 7}
"""Business days until a task is due, by priority, unless something else sets the date."""

_STEPS: dict[Interval, tuple[int, int]] = {
    "day": (0, 1),
    "week": (0, 7),
    "month": (1, 0),
    "year": (12, 0),
}
_SATURDAY = 5


@cache
def time_zones() -> frozenset[str]:
    """The names in the time zone database."""
    return frozenset(available_timezones()) - {"Factory", "localtime"}


def zone(name: str) -> ZoneInfo:
    """ValueError for a name that is not in the time zone database (`EST5`, `Mars/Phobos`, a
    path).
    """
    if name not in time_zones():
        raise ValueError("unknown time zone: a name such as Asia/Tokyo or UTC")
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Period:
    """`[start, end)` in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Grid:
    """Defines where billing periods or a meter's windows begin. ValueError for an anchor without
    zone, an unknown interval or zone.
    """

    anchor: datetime
    interval: Interval
    time_zone: str
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _local: datetime = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.anchor.tzinfo is None:
            raise ValueError("the anchor of a grid needs a time zone")
        if self.interval not in get_args(Interval):
            raise ValueError(f"unknown interval {self.interval!r}")
        object.__setattr__(self, "_zone", zone(self.time_zone))
        object.__setattr__(self, "_local", self.anchor.astimezone(self._zone))

    def of(self, reset: Reset) -> "Grid":
        """The grid of a meter with this reset, with the same anchor and zone. ValueError for one
        that never resets.
        """
        return (
            self
            if reset in ("period", self.interval)
            else Grid(self.anchor, cast(Interval, reset), self.time_zone)
        )

    def boundary(self, number: int) -> datetime:
        """The start of the period `number` intervals after (before) the anchor's, in UTC."""
        if number == 0:
            return self.anchor.astimezone(UTC)
        months, days = _STEPS[self.interval]
        wall = self._local.replace(fold=0)
        moved = add_months(wall, months * number) if months else wall + timedelta(days * number)
        return moved.astimezone(UTC)

    def number_near(self, moment: datetime) -> int:
        """The number of the period that contains `moment`, or of a neighbour."""
        local = moment.astimezone(self._zone)
        months, days = _STEPS[self.interval]
        if months:
            return (
                (local.year - self._local.year) * 12 + local.month - self._local.month
            ) // months
        return (local.date() - self._local.date()).days // days


CALENDAR = Grid(datetime(2001, 1, 1, tzinfo=UTC), "month", "UTC")
"""Calendar months in UTC, for accounts without a subscription. Anchored on a Monday, so that its
weeks are calendar weeks.
"""


def period_at(grid: Grid, moment: datetime) -> Period:
    """The period that contains `moment` (aware). The grid extends both ways from its anchor.

    Takes about ten microseconds: a hot loop keeps the period and asks again when `moment not in
    period`.
    """
    number = grid.number_near(moment)
    start = grid.boundary(number)
    while start > moment:
        number -= 1
        start = grid.boundary(number)
    while (end := grid.boundary(number + 1)) <= moment:
        number, start = number + 1, end
    return Period(start, end)


def local_date(moment: datetime, time_zone: str) -> date:
    """The local date in that zone."""
    return moment.astimezone(zone(time_zone)).date()


def add_months(day: Day, months: int) -> Day:
    """The same day `months` later (earlier), or the last day of a shorter month; the time of day
    stays.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def months_between(start: date, end: date) -> int:
    """Whole months from one day to another (R-050): 16 March to 16 September are six, 17 March to
    16 September are five.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def anniversary(start: date, day: date) -> date:
    """The first anniversary of `start` on or after `day`: when a contract is renewed."""
    years = max(1, day.year - start.year)
    this = add_months(start, 12 * years)
    return this if this >= day else add_months(start, 12 * (years + 1))


def is_business_day(day: date, country: str | None = None) -> bool:
    """Monday to Friday; with a `country` (ISO 3166, "JP") also not one of its known public
    holidays.
    """
    return day.weekday() < _SATURDAY and not (country and _is_holiday(day, country))


def add_business_days(
    moment: datetime, days: int, time_zone: str, country: str | None = None
) -> datetime:
    """The same local time `days` business days later, in UTC: when a task is due."""
    local = moment.astimezone(zone(time_zone))
    left = days
    while left:
        local += timedelta(1)
        left -= is_business_day(local.date(), country)
    return local.astimezone(UTC)


def business_days_later(
    moment: datetime, days: int, time_zone: str, country: str | None = None
) -> datetime:
    """The same, but what begins outside business days counts from the next 09:00 on one."""
    local = moment.astimezone(zone(time_zone))
    begins = moment
    if not is_business_day(local.date(), country):
        begins = next_opening(moment, time_zone, country, holidays=country is not None)
    return add_business_days(begins, days, time_zone, country)


def task_due(
    made_at: datetime, priority: str, time_zone: str, country: str | None = None
) -> datetime:
    """When a task created (or raised) at `moment` is due; with a `country`, its public holidays do
    not count.
    """
    return add_business_days(
        made_at, TASK_DAYS.get(priority, TASK_DAYS["medium"]), time_zone, country
    )


def is_open(
    now: datetime, time_zone: str, country: str | None = None, holidays: bool = False
) -> bool:
    """Whether it is between 09:00 and 18:00 local time on a business day (BP-24)."""
    local = now.astimezone(zone(time_zone))
    return OPENS <= local.time() < CLOSES and is_business_day(
        local.date(), country if holidays else None
    )


def next_opening(
    now: datetime, time_zone: str, country: str | None = None, holidays: bool = False
) -> datetime:
    """The next 09:00 local time on a business day, in UTC; always after `now`."""
    where = zone(time_zone)
    local = now.astimezone(where)
    day = local.date() + timedelta(local.time() >= OPENS)
    while not is_business_day(day, country if holidays else None):
        day += timedelta(1)
    return datetime.combine(day, OPENS, where).astimezone(UTC)


def _is_holiday(day: date, country: str) -> bool:
    calendar = _calendar(country)
    return calendar is not None and day in calendar


@cache
def _calendar(country: str) -> "HolidayBase | None":
    from holidays import country_holidays  # half a second to import: only if a policy uses holidays

    try:
        return country_holidays(country)
    except NotImplementedError:
        return None
