"""Usage to other periods, when a subscription arrives, its anchor, interval or time zone changes, or a meter resets otherwise. Pure.

Events that waited for a subscription move one by one. Everything else moves by whole hours: an hour belongs to the period that
contains its start.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import NamedTuple

from services.ingest.calendars import Calendar, hour_start
from services.ingest.counting import CELLS, Cell, Members
from shared.catalog import Aggregation
from shared.quantities import EXACT

_HOUR = timedelta(hours=1)


class HourOf(NamedTuple):
    """What an hour holds. `at`: when it was measured, of `latest`; else None."""

    amount: Decimal
    at: datetime | None


class Event(NamedTuple):
    """One that waited for a subscription: an amount, or of `unique` a member's digest."""

    time: datetime
    amount: Decimal | bytes


class Visit(NamedTuple):
    """A member of `unique` was seen in this hour (numbered since 1970)."""

    member: bytes
    hour: int


@dataclass(slots=True)
class Past:
    """All usage of one meter of one account. `events` in the order of their arrival; `last` are times of last events."""

    aggregation: Aggregation
    hours: dict[int, HourOf] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    visits: set[Visit] = field(default_factory=set)
    last: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Moved:
    """The totals by period start. Of `unique` also the visits of each period (of a gauge the first ones), and the new members by hour."""

    totals: Mapping[datetime, Cell]
    visits: Mapping[datetime, Sequence[Visit]] = field(default_factory=dict)
    new_members: Mapping[int, int] = field(default_factory=dict)


class _Piece(NamedTuple):
    """Usage that moves as one: `where` decides the period, `at` is when it was measured."""

    where: datetime
    at: datetime
    amount: Decimal


def in_place(calendar: Calendar, periods: Iterable[tuple[datetime, datetime | None]]) -> bool:
    """Whether these (start, end) are periods of the calendar: then nothing has to move."""
    return all(calendar.period(start) == (start, end) for start, end in periods)


def move(past: Past, calendar: Calendar) -> Moved:
    with localcontext(EXACT):
        return _move_members(past, calendar) if past.aggregation == "unique" else _move_amounts(past, calendar)


def _move_amounts(past: Past, calendar: Calendar) -> Moved:
    totals: dict[datetime, Cell] = {}
    for piece in sorted(_pieces(past), key=lambda piece: piece.at):  # stable: of equal times the later arrival stays later
        period = calendar.period(piece.where)
        if period.start in totals:
            totals[period.start].add(piece.amount, piece.at)
        else:
            totals[period.start] = CELLS[past.aggregation](period.end, piece.amount, piece.at, 0)
    return Moved(totals)


def _pieces(past: Past) -> Iterator[_Piece]:
    """Every event that waited, and what is left of each hour without them."""
    waited: dict[int, list[Event]] = defaultdict(list)
    for event in past.events:
        assert isinstance(event.amount, Decimal)
        waited[_hour(event.time)].append(event)
        yield _Piece(event.time, event.time, event.amount)
    for hour, held in past.hours.items():
        if (left := _left(past.aggregation, held, waited[hour])) is not None:
            start = hour_start(hour)
            yield _Piece(start, held.at or _last(past, start, start + _HOUR), left)


def _left(aggregation: Aggregation, hour: HourOf, waited: Sequence[Event]) -> Decimal | None:
    """What an hour holds beside the events that waited; None where it is nothing."""
    amounts = [event.amount for event in waited if isinstance(event.amount, Decimal)]
    if not amounts:
        return hour.amount
    if aggregation == "latest":
        return hour.amount if hour.at is not None and hour.at > max(event.time for event in waited) else None
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
    totals = {start: Members(ends[start], len(first), _last(past, start, ends[start]), 0) for start, first in firsts.items()}
    new_members = Counter(hour for first in firsts.values() for hour in first.values())
    if calendar.is_endless:
        kept = {start: [Visit(member, hour) for member, hour in first.items()] for start, first in firsts.items()}
        return Moved(totals, kept, new_members)
    return Moved(totals, {start: sorted(seen) for start, seen in visits.items()}, new_members)


def _visits(past: Past) -> Iterator[tuple[datetime, Visit]]:
    """Every visit with the moment that decides its period: the event's own where it waited, else the start of the hour."""
    exact = [(event.time, Visit(event.amount, _hour(event.time))) for event in past.events if isinstance(event.amount, bytes)]
    yield from exact
    for visit in past.visits - {visit for _, visit in exact}:
        yield hour_start(visit.hour), visit


def _first_hours(seen: Iterable[Visit]) -> dict[bytes, int]:
    first: dict[bytes, int] = {}
    for visit in sorted(seen, key=lambda visit: visit.hour):
        first.setdefault(visit.member, visit.hour)
    return first


def _last(past: Past, start: datetime, end: datetime | None) -> datetime:
    return max((last for last in past.last if start <= last and (end is None or last < end)), default=start)


def _hour(time: datetime) -> int:
    return int(time.timestamp()) // 3600
