"""Billing periods, windows of meters, months that do not drift, and business time. Pure: whoever asks says what time it is.

A grid's boundaries are the anchor's wall time in the account's time zone, n intervals away from the anchor (never from the boundary
before, so that 31 January, 28 February, 31 March do not drift to the 28th). A wall time that does not exist on its day (clocks went
forward) is as much later as the clocks jumped; one that comes twice is the first of the two; the anchor itself is always a boundary.
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
"""When a meter starts again from zero: in windows of its own, with the billing period, or never (a gauge)."""
Day = TypeVar("Day", date, datetime)

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Where the one period of a gauge starts: it has no end."""

OPENS, CLOSES = time(9), time(18)
"""Proposals are sent from nine to six, Monday to Friday, where the reader is (BP-24)."""

TASK_DAYS = {"high": 1, "medium": 3, "low": 7}
"""Business days until a task is due, by its priority, where nothing else says when."""

_STEPS: dict[Interval, tuple[int, int]] = {"day": (0, 1), "week": (0, 7), "month": (1, 0), "year": (12, 0)}
_SATURDAY = 5


@cache
def time_zones() -> frozenset[str]:
    """The names of the time zone database."""
    return frozenset(available_timezones()) - {"Factory", "localtime"}


def zone(name: str) -> ZoneInfo:
    """ValueError for a name that the time zone database does not hold (`EST5`, `Mars/Phobos`, a path)."""
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
    """Where billing periods begin, or the windows of a meter. ValueError for an anchor without zone, an unknown interval or zone."""

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
        """Where a meter that resets so begins again: from the same anchor, in the same zone. ValueError for one that never does."""
        return self if reset in ("period", self.interval) else Grid(self.anchor, cast(Interval, reset), self.time_zone)

    def boundary(self, number: int) -> datetime:
        """The start of the period that many intervals after (before) the anchor's, in UTC."""
        if number == 0:
            return self.anchor.astimezone(UTC)
        months, days = _STEPS[self.interval]
        wall = self._local.replace(fold=0)
        moved = add_months(wall, months * number) if months else wall + timedelta(days * number)
        return moved.astimezone(UTC)

    def number_near(self, moment: datetime) -> int:
        """The number of the period that contains `moment`, or of one beside it."""
        local = moment.astimezone(self._zone)
        months, days = _STEPS[self.interval]
        if months:
            return ((local.year - self._local.year) * 12 + local.month - self._local.month) // months
        return (local.date() - self._local.date()).days // days


CALENDAR = Grid(datetime(2001, 1, 1, tzinfo=UTC), "month", "UTC")
"""Calendar months in UTC: what an account without a subscription is counted in. Begun on a Monday, so that its weeks are calendar weeks."""


def period_at(grid: Grid, moment: datetime) -> Period:
    """The period that contains `moment` (aware). The grid reaches both ways from its anchor.

    About ten microseconds: a hot loop keeps the period it was given and asks again when `moment not in period`.
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
    """The day it is there."""
    return moment.astimezone(zone(time_zone)).date()


def add_months(day: Day, months: int) -> Day:
    """The same day that many months on (back), or the last day of a month that is too short; the time of day stays."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def months_between(start: date, end: date) -> int:
    """Whole months from one day to another (R-050): 16 March to 16 September are six, 17 March to 16 September are five."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def anniversary(start: date, day: date) -> date:
    """The first yearly day of `start` on or after `day`, one year on at the earliest: when a contract is renewed."""
    years = max(1, day.year - start.year)
    this = add_months(start, 12 * years)
    return this if this >= day else add_months(start, 12 * (years + 1))


def is_business_day(day: date, country: str | None = None) -> bool:
    """Monday to Friday; with a `country` (ISO 3166, "JP") also none of its public holidays, as far as they are known."""
    return day.weekday() < _SATURDAY and not (country and _is_holiday(day, country))


def add_business_days(moment: datetime, days: int, time_zone: str, country: str | None = None) -> datetime:
    """The same time of day there, that many business days later, in UTC: when a task is due."""
    local = moment.astimezone(zone(time_zone))
    left = days
    while left:
        local += timedelta(1)
        left -= is_business_day(local.date(), country)
    return local.astimezone(UTC)


def task_due(made_at: datetime, priority: str, time_zone: str, country: str | None = None) -> datetime:
    """When a task is due that was made (raised) then; with a `country` its public holidays do not count."""
    return add_business_days(made_at, TASK_DAYS.get(priority, TASK_DAYS["medium"]), time_zone, country)


def is_open(now: datetime, time_zone: str, country: str | None = None, holidays: bool = False) -> bool:
    """Whether it is between 09:00 and 18:00 of a business day there (BP-24)."""
    local = now.astimezone(zone(time_zone))
    return OPENS <= local.time() < CLOSES and is_business_day(local.date(), country if holidays else None)


def next_opening(now: datetime, time_zone: str, country: str | None = None, holidays: bool = False) -> datetime:
    """The next 09:00 of a business day there, in UTC; never `now` itself."""
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
    from holidays import country_holidays  # half a second to import: only where a policy asks for holidays

    try:
        return country_holidays(country)
    except NotImplementedError:
        return None
