"""Calendar months between two moments, on the clock of one time zone."""

from calendar import monthrange
from datetime import datetime
from zoneinfo import ZoneInfo


def month_of(at: datetime, time_zone: str) -> str:
    """`2025-10`."""
    return format(at.astimezone(ZoneInfo(time_zone)), "%Y-%m")


def whole_months(since: datetime, until: datetime, time_zone: str) -> int:
    """How many full months have passed: the 31st is followed by the last day of a shorter month."""
    zone = ZoneInfo(time_zone)
    begin = since.astimezone(zone).replace(tzinfo=None)
    end = until.astimezone(zone).replace(tzinfo=None)
    months = (end.year - begin.year) * 12 + end.month - begin.month
    return months if months_after(begin, months) <= end else months - 1


def months_after(moment: datetime, months: int) -> datetime:
    """The same day of the month and time of day, or the month's last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
