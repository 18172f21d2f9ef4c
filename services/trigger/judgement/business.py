"""Business days and local hours (BP-24, R-073). Moments are aware; days are those of the given zone."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS = time(9)
CLOSES = time(18)
_SATURDAY = 5


def is_business_day(day: date, holidays: Collection[date] = ()) -> bool:
    return day.weekday() < _SATURDAY and day not in holidays


def add_business_days(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local time `days` business days later, in UTC."""
    local = now.astimezone(zone)
    day = local.date()
    while days:
        day += timedelta(days=1)
        days -= is_business_day(day)
    return at_local(day, local.time(), zone)


def at_local(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A local wall-clock time as UTC; one that does not exist (spring) moves forward by the gap."""
    return datetime.combine(day, clock, zone).astimezone(ZoneInfo("UTC"))


def open_at(now: datetime, zone: ZoneInfo, holidays: Collection[date] = ()) -> bool:
    """Whether a proposal may arrive now: 09:00 to 18:00, Monday to Friday, there."""
    local = now.astimezone(zone)
    return is_business_day(local.date(), holidays) and OPENS <= local.time() < CLOSES


def next_opening(now: datetime, zone: ZoneInfo, holidays: Collection[date] = ()) -> datetime:
    """`now` where it is open, else the next 09:00 of a business day there."""
    if open_at(now, zone, holidays):
        return now
    local = now.astimezone(zone)
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    while not is_business_day(day, holidays):
        day += timedelta(days=1)
    return at_local(day, OPENS, zone)
