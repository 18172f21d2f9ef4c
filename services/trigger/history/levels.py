"""How much of a meter had been used by the end of each hour or day. Pure.

Moments are hours since 1970 (UTC). An hour belongs to the period that contains its start.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.catalog import Aggregation
from shared.values.quantities import EXACT, at_least_zero

_NOTHING = Decimal(0)
Recorded = Sequence[tuple[int, Decimal]]
"""Hours with what was recorded in them: of values the last or the highest, else the sum."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period with its stored total, from its first hour to before `end`."""

    begin: int
    end: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Past:
    """`hours`: in order, from the first wanted hour on; of values from the beginning of the
    period that contains it. `before`: of a gauge of values, what held before these. `later`: what
    the hours after the last wanted one add to their period. `first`: the first hour ever recorded;
    None: none was.
    """

    aggregation: Aggregation
    stretches: Sequence[Stretch]
    hours: Recorded
    first: int | None
    before: Decimal | None = None
    later: Decimal = _NOTHING

    @property
    def adds_up(self) -> bool:
        return self.aggregation in ("count", "sum", "unique")


def levels(past: Past, ends: Sequence[int], now: int | None) -> list[Decimal | None]:
    """The total at each of these ends (exclusive, rising), as `GET usage` counts it. None: nothing
    had been recorded yet. `now`: the hour that is running; from its end on the stored total holds.
    """
    found = _walk(past, ends)
    return [_level(past, end, level, now) for end, level in zip(ends, found, strict=True)]


def _level(past: Past, end: int, level: Decimal, now: int | None) -> Decimal | None:
    if now is not None and end > now:
        running = _containing(past.stretches, now)
        return _NOTHING if running is None else at_least_zero(running.total)
    if past.first is None or end <= past.first:
        return None
    return at_least_zero(level)


def _walk(past: Past, ends: Sequence[int]) -> Iterator[Decimal]:
    """Within a period one hour after another; between periods nothing was used."""
    place: Stretch | None = None
    next_hour, level = 0, _NOTHING
    for end in ends:
        stretch = _containing(past.stretches, end - 1)
        if stretch is None:
            place, level = None, _NOTHING
        elif stretch is not place:
            place, level = stretch, _base(past, stretch, ends[-1])
            next_hour = bisect_left(past.hours, (stretch.begin,))
        if stretch is not None:
            while next_hour < len(past.hours) and past.hours[next_hour][0] < end:
                level = _after(past, level, past.hours[next_hour][1])
                next_hour += 1
        yield level


def _base(past: Past, stretch: Stretch, until: int) -> Decimal:
    """The total before the first of its hours that are known: of sums computed backwards."""
    if not past.adds_up:
        return past.before if past.before is not None else _NOTHING
    first = bisect_left(past.hours, (stretch.begin,))
    last = bisect_left(past.hours, (stretch.end,))
    level = stretch.total
    for _, value in past.hours[first:last]:
        level = EXACT.subtract(level, value)
    return EXACT.subtract(level, past.later) if stretch.end > until else level


def _after(past: Past, level: Decimal, value: Decimal) -> Decimal:
    if past.adds_up:
        return EXACT.add(level, value)
    return max(level, value) if past.aggregation == "max" else value


def _containing(stretches: Sequence[Stretch], hour: int) -> Stretch | None:
    """Stretches are in order."""
    index = bisect_right(stretches, hour, key=lambda one: one.begin) - 1
    found = stretches[index] if index >= 0 else None
    return found if found is not None and hour < found.end else None
