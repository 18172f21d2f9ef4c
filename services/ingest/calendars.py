"""Periods and buckets of event times. Pure."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from shared.values.periods import NEVER, Grid, Reset, period_at

BUCKET_SECONDS: Final = 600
"""Duplicates are looked for in the ten minutes that contain an event's time and in the ten on
either side.
"""
BUCKETS_PER_HOUR: Final = 3600 // BUCKET_SECONDS


def bucket_of(time: datetime) -> int:
    """The number of the ten minutes that contain `time`, since 1970."""
    return int(time.timestamp()) // BUCKET_SECONDS


def bucket_start(bucket: int) -> datetime:
    return datetime.fromtimestamp(bucket * BUCKET_SECONDS, UTC)


def hour_start(hour: int) -> datetime:
    """`hour` is numbered since 1970."""
    return datetime.fromtimestamp(hour * 3600, UTC)


class Span(NamedTuple):
    """The period of a total: `[start, end)`; a gauge's starts at NEVER and has no end."""

    start: datetime
    end: datetime | None


FOR_EVER: Final = Span(NEVER, None)


class Calendar:
    """The periods of a meter with this reset. Caches the last one asked for: the next question is
    nearly always about it too.
    """

    __slots__ = ("_grid", "_last")

    def __init__(self, grid: Grid, reset: Reset) -> None:
        self._grid = None if reset == "never" else grid.of(reset)
        self._last = Span(NEVER, NEVER)

    @property
    def is_endless(self) -> bool:
        return self._grid is None

    def holds(self, first: datetime, last: datetime) -> bool:
        """Whether one period contains `first` and lasts at least until `last`."""
        end = self.period(first).end
        return end is None or last <= end

    def period(self, moment: datetime) -> Span:
        if self._grid is None:
            return FOR_EVER
        if self._last.end is None or not self._last.start <= moment < self._last.end:
            period = period_at(self._grid, moment)
            self._last = Span(period.start, period.end)
        return self._last
