"""Moves usage to other periods when a subscription arrives, its anchor, interval or time zone
changes, or a meter's reset changes. Pure.

Events that waited for a subscription move one by one. Everything else moves by whole hours: an hour
belongs to the period that contains its start.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import NamedTuple

from services.ingest.calendars import Calendar, hour_start
from services.ingest.counting import CELLS, Cell, Members
from shared.catalog import Aggregation
from shared.values.quantities import EXACT

_HOUR = timedelta(hours=1)


class HourOf(NamedTuple):
    """The usage of an hour, or of a day whose 24 hours are in one period. `at`: for `latest`, when
    it was measured; else None.
    """

    amount: Decimal
    at: datetime | None
    hours: int = 1


class Event(NamedTuple):
    """An event that waited for a subscription: an amount, or for `unique` a member's digest."""

    time: datetime
    amount: Decimal | bytes


class Visit(NamedTuple):
    """A `unique` member was seen in this hour (numbered since 1970)."""

    member: bytes
    hour: int


@dataclass(slots=True)
class Past:
    """All usage of one meter of one account. `events` in order of arrival; `last` are times of last
    events.
    """

    aggregation: Aggregation
    hours: dict[int, HourOf] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    visits: set[Visit] = field(default_factory=set)
    last: list[datetime] = field(default_factory=list)

    def add_day(
        self, first: int, amounts: Sequence[Decimal | None], measured: Sequence[datetime | None]
    ) -> None:
        """Adds the 24 hours from `first` on, in stored form."""
        times = measured or [None] * 24
        for hour, (amount, at) in enumerate(zip(amounts, times, strict=True), first):
            if amount is not None:
                self.hours[hour] = HourOf(amount, at)


@dataclass(frozen=True, slots=True)
class Moved:
    """The totals by period start. For `unique` also the visits of each period (for a gauge, the
    first ones), and the new members by hour.
    """

    totals: Mapping[datetime, Cell]
    visits: Mapping[datetime, Sequence[Visit]] = field(default_factory=dict)
    new_members: Mapping[int, int] = field(default_factory=dict)


class _Piece(NamedTuple):
    """Usage that moves as a unit: `where` determines the period, `at` is when it was measured."""

    where: datetime
    at: datetime
    amount: Decimal


def in_place(calendar: Calendar, periods: Iterable[tuple[datetime, datetime | None]]) -> bool:
    """Whether these (start, end) are periods of the calendar, so that nothing has to move."""
    return all(calendar.period(start) == (start, end) for start, end in periods)


def move(past: Past, calendar: Calendar) -> Moved:
    with localcontext(EXACT):
        return (
            _move_members(past, calendar)
            if past.aggregation == "unique"
            else _move_amounts(past, calendar)
        )


def _move_amounts(past: Past, calendar: Calendar) -> Moved:
    totals: dict[datetime, Cell] = {}
    # Stable: for equal times the order of arrival is kept.
    for piece in sorted(_pieces(past, calendar), key=lambda piece: piece.at):
        period = calendar.period(piece.where)
        if period.start in totals:
            totals[period.start].add(piece.amount, piece.at)
        else:
            totals[period.start] = CELLS[past.aggregation](period.end, piece.amount, piece.at, 0)
    return Moved(totals)


def _pieces(past: Past, calendar: Calendar) -> Iterator[_Piece]:
    """Every waiting event, and the rest of each hour without them."""
    waited: dict[int, list[Event]] = defaultdict(list)
    for event in past.events:
        assert isinstance(event.amount, Decimal)
        waited[_hour(event.time)].append(event)
        yield _Piece(event.time, event.time, event.amount)
    last = sorted(past.last)
    for hour, held in _in_days(past, calendar, {hour // 24 for hour in waited}):
        if (left := _left(past.aggregation, held, waited.get(hour, ()))) is not None:
            start = hour_start(hour)
            yield _Piece(start, held.at or _last(last, start, start + held.hours * _HOUR), left)


def _in_days(
    past: Past, calendar: Calendar, apart: Collection[int]
) -> Iterator[tuple[int, HourOf]]:
    """The hours; a day without a period boundary, and not in `apart`, is returned as one, so that a
    year takes only 365 pieces.
    """
    days: dict[int, list[int]] = defaultdict(list)
    for hour in past.hours:
        days[hour // 24].append(hour)
    for day, hours in days.items():
        if (
            day in apart
            or len(hours) == 1
            or not calendar.holds(hour_start(day * 24), hour_start(day * 24 + 24))
        ):
            for hour in hours:
                yield hour, past.hours[hour]
        else:
            yield day * 24, _whole(past.aggregation, [past.hours[hour] for hour in hours])


def _whole(aggregation: Aggregation, hours: Sequence[HourOf]) -> HourOf:
    match aggregation:
        case "latest":
            newest = max(hours, key=lambda one: (one.at is not None, one.at))
            return HourOf(newest.amount, newest.at, 24)
        case "max":
            return HourOf(max(one.amount for one in hours), None, 24)
    return HourOf(sum((one.amount for one in hours), Decimal(0)), None, 24)


def _left(aggregation: Aggregation, hour: HourOf, waited: Sequence[Event]) -> Decimal | None:
    """The usage of an hour without the waiting events; None if nothing is left."""
    amounts = [event.amount for event in waited if isinstance(event.amount, Decimal)]
    if not amounts:
        return hour.amount
    if aggregation == "latest":
        return (
            hour.amount
            if hour.at is not None and hour.at > max(event.time for event in waited)
            else None
        )
    if aggregation == "max":
        return hour.amount if hour.amount > max(amounts) else None
    return (hour.amount - sum(amounts)) or None


def _move_members(past: Past, calendar: Calendar) -> Moved:
    visits: dict[datetime, set[Visit]] = defaultdict(set)
    ends: dict[datetime, datetime | None] = {}
    for where, visit in _visits(past):
        period = calendar.period(where)
        visits[period.start].add(visit)
        ends[period.start] = period.end
    firsts = {start: _first_hours(seen) for start, seen in visits.items()}
    last = sorted(past.last)
    totals = {
        start: Members(ends[start], len(first), _last(last, start, ends[start]), 0)
        for start, first in firsts.items()
    }
    new_members = Counter(hour for first in firsts.values() for hour in first.values())
    if calendar.is_endless:
        kept = {
            start: [Visit(member, hour) for member, hour in first.items()]
            for start, first in firsts.items()
        }
        return Moved(totals, kept, new_members)
    return Moved(totals, {start: sorted(seen) for start, seen in visits.items()}, new_members)


def _visits(past: Past) -> Iterator[tuple[datetime, Visit]]:
    """Every visit with the time that determines its period: that of the event if it waited, else
    the start of the hour.
    """
    exact = [
        (event.time, Visit(event.amount, _hour(event.time)))
        for event in past.events
        if isinstance(event.amount, bytes)
    ]
    yield from exact
    for visit in past.visits - {visit for _, visit in exact}:
        yield hour_start(visit.hour), visit


def _first_hours(seen: Iterable[Visit]) -> dict[bytes, int]:
    first: dict[bytes, int] = {}
    for visit in sorted(seen, key=lambda visit: visit.hour):
        first.setdefault(visit.member, visit.hour)
    return first


def _last(last: Sequence[datetime], start: datetime, end: datetime | None) -> datetime:
    """The last of these (sorted) times between `start` and `end`; `start` if there is none."""
    index = len(last) if end is None else bisect_left(last, end)
    return last[index - 1] if index and last[index - 1] >= start else start


def _hour(time: datetime) -> int:
    return int(time.timestamp()) // 3600
