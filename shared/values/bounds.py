"""The range of accepted dates and times, the same for every input. It is well inside Python's and
PostgreSQL's ranges, so that anything computed from an accepted value (a period's end, a renewal, a
local time) exists too. The range of amounts is `shared.values.quantities.bounded`.
"""

from datetime import date, timedelta
from typing import Final, TypeVar

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2199
OUTSIDE: Final = f"must lie between {FIRST_YEAR} and {LAST_YEAR}"
AHEAD: Final = timedelta(hours=1)
"""How far ahead of ours a clock that dates events may be."""
OLDEST_FACT: Final = timedelta(days=3 * 365 + 1)
"""A fact about an account may be up to three years old."""
D = TypeVar("D", bound=date)


def is_dated(day: date) -> bool:
    """Of a date, or of a time in UTC."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def dated(day: D) -> D:
    """Returns it unchanged; ValueError if it is out of range."""
    if not is_dated(day):
        raise ValueError(OUTSIDE)
    return day
