"""Which dates and moments can come in: one range for every door, so far inside Python's and PostgreSQL's that whatever is computed from one
(a period's end, a renewal, a local time) exists as well. The range of amounts is `shared.quantities.bounded`.
"""

from datetime import date
from typing import Final, TypeVar

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2199
OUTSIDE: Final = f"must lie between {FIRST_YEAR} and {LAST_YEAR}"
D = TypeVar("D", bound=date)


def is_dated(day: date) -> bool:
    """Of a date, or of a moment in UTC."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def dated(day: D) -> D:
    """The same; ValueError outside of the range."""
    if not is_dated(day):
        raise ValueError(OUTSIDE)
    return day
