"""Billing periods and buckets of event times. Pure."""

from datetime import UTC, datetime
from typing import Final

from shared.periods import NEVER, Grid, Period, period_at

BUCKET_SECONDS: Final = 600
"""Duplicates are looked for in the ten minutes of an event's time and in the ten on either side of them."""
BUCKETS_PER_HOUR: Final = 3600 // BUCKET_SECONDS


def bucket_of(time: datetime) -> int:
    """The number of the ten minutes that `time` lies in, since 1970."""
    return int(time.timestamp()) // BUCKET_SECONDS


def bucket_start(bucket: int) -> datetime:
    return datetime.fromtimestamp(bucket * BUCKET_SECONDS, UTC)


def hour_start(hour: int) -> datetime:
    """`hour` is numbered since 1970."""
    return datetime.fromtimestamp(hour * 3600, UTC)


class Calendar:
    """The periods of a grid. Remembers the one it was asked for last: the next question is nearly always about it too."""

    __slots__ = ("_grid", "_last")

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._last = Period(NEVER, NEVER)

    def period(self, moment: datetime) -> Period:
        if not self._last.start <= moment < self._last.end:
            self._last = period_at(self._grid, moment)
        return self._last
