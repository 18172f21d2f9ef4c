"""How many records a turn takes, so that others do not wait for long. Pure."""

from dataclasses import dataclass, field

MAX_RECORDS = 20_000
FIRST_RECORDS = 500
_SLOW_SECONDS, _QUICK_SECONDS = 0.5, 0.2
_TIMES_AS_MANY = 1.5
"""Of two turns that hold nearly as many records, what differs is chance."""


@dataclass(frozen=True, slots=True)
class _Turn:
    records: int
    seconds: float


@dataclass(slots=True)
class Pace:
    """`records`: at most, in the next turn: half as many while these take too long, twice as many
    while they take little.

    What every turn takes, however few its records, is not counted: where the database is far away
    or the machine is busy, fewer records would make no turn shorter, only more of them.
    """

    records: int = FIRST_RECORDS
    _each: float = 0.0
    _last: _Turn | None = field(default=None)

    def turned(self, records: int, seconds: float) -> None:
        """After a turn of so many records."""
        turn = _Turn(records, seconds)
        if self._last is not None and _is_told_apart(self._last, turn):
            self._each = _seconds_of_any_turn(self._last, turn)
        self._last = turn
        self._each = min(self._each, seconds)
        counted = seconds - self._each
        if counted > _SLOW_SECONDS:
            self.records = max(1, min(records, self.records) // 2)
        elif counted < _QUICK_SECONDS and records >= self.records:
            self.records = min(MAX_RECORDS, self.records * 2)


def _is_told_apart(one: _Turn, other: _Turn) -> bool:
    fewer, more = sorted((one.records, other.records))
    return more >= fewer * _TIMES_AS_MANY and more > fewer


def _seconds_of_any_turn(one: _Turn, other: _Turn) -> float:
    """The part of both that does not grow with the records; never more than the shorter took."""
    shorter = min(one.seconds, other.seconds)
    grown = one.seconds * other.records - other.seconds * one.records
    return min(max(grown / (other.records - one.records), 0.0), shorter)
