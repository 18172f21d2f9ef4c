"""Counts by arrays what most batches consist of: events that mean the same, in one hour, of
accounts whose running periods are known. Pure.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.ingest.backlog.pending_hours import Entries, Later
from services.ingest.calendars import BUCKETS_PER_HOUR
from services.ingest.counting import Cell, Cells, Columns, Count, Key, Place
from services.ingest.meter_amounts import Alike, Readings
from services.ingest.rosters import Roster, Seconds, Slots
from shared.catalog import Aggregation, Meter
from shared.values.periods import NEVER

_MOST_KINDS = 16
"""In a part of a batch; arrays of a few events each are dearer than counting one by one."""

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Rows(NamedTuple):
    """What is added to the totals of one meter, in columns. `starts`, `ends` (None: a gauge) and
    `times` (of the newest event) are in seconds since 1970.
    """

    meter: str
    aggregation: Aggregation
    accounts: Sequence[str]
    starts: Sequence[float]
    ends: Sequence[float | None]
    amounts: Sequence[Any]
    times: Sequence[float]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many events of one kind each account had in an hour. By account: `newest` is the time of
    the newest, `received_ms` belongs to the first that arrived.
    """

    partition: int
    meters: Sequence[Meter]
    hour: int
    roster: Roster
    slots: Slots
    amounts: Numbers
    newest: Seconds
    received_ms: Sequence[int]

    @property
    def accounts(self) -> list[str]:
        """Valid until the roster changes."""
        return self.roster.names(self.slots)

    def rows(self) -> list[Rows]:
        """Valid until the roster changes."""
        accounts = self.accounts
        amounts, times = self.amounts.tolist(), self.newest.tolist()
        return [
            Rows(meter.id, "count", accounts, *self._periods(meter), amounts, times)
            for meter in self.meters
        ]

    def _periods(self, meter: Meter) -> tuple[list[float], list[float] | list[None]]:
        if meter.reset == "never":
            return [NEVER.timestamp()] * len(self.slots), [None] * len(self.slots)
        span = self.roster.span(meter.reset)
        return span.starts[self.slots].tolist(), span.ends[self.slots].tolist()


@dataclass(frozen=True, slots=True)
class Left:
    """The events (positions in the columns) that must be counted one by one. `plain`: accounts of
    those among them that could be counted by arrays if their periods were known.
    """

    columns: Columns
    positions: Sequence[int]
    plain: Collection[str] = ()


def tally(
    parts: Iterable[tuple[int, Columns, Sequence[int], Roster]],
) -> tuple[list[Tally], dict[int, Left]]:
    """Of each partition the events at these positions, and by partition those that are left. No
    account is in both for the same meter.
    """
    told = [part for part in parts if part[2]]
    hours = {hour for _, columns, positions, _ in told for hour in _hours(columns, positions)}
    tallies: list[Tally] = []
    left = {}
    for partition, columns, positions, roster in told:
        rest = positions
        if len(hours) == 1 and len(roster):
            found, rest = _Part(partition, columns, positions, roster, *hours).counted()
            tallies += found
        if rest:
            left[partition] = Left(columns, rest, _plain(columns, rest))
    return tallies, left


def resetting(left: Iterable[Left]) -> set[str]:
    """The accounts of which periods are needed."""
    return {
        one.columns.accounts[position]
        for one in left
        for position in one.positions
        if any(meter.reset != "never" for meter, _ in one.columns.readings[position])
    }


def _hours(columns: Columns, positions: Sequence[int]) -> set[int]:
    buckets = {*columns.buckets}
    if len(buckets) > 1:
        buckets = {columns.buckets[position] for position in positions}
    return {bucket // BUCKETS_PER_HOUR for bucket in buckets}


def _plain(columns: Columns, positions: Sequence[int]) -> set[str]:
    readings, accounts = columns.readings, columns.accounts
    return {accounts[position] for position in positions if type(readings[position]) is Alike}


class _Part:
    """The events of one partition, all in one hour."""

    def __init__(
        self,
        partition: int,
        columns: Columns,
        positions: Sequence[int],
        roster: Roster,
        hour: int,
    ) -> None:
        self._partition, self._columns, self._roster = partition, columns, roster
        self._hour = hour
        self._positions = positions
        self._slots: Slots = np.array(columns.slots, dtype=np.int64)[positions]
        self._times = [columns.times[one] for one in positions]
        self._first, self._last = min(self._times).timestamp(), max(self._times).timestamp()

    @cached_property
    def _seconds(self) -> Seconds:
        """Of each event. Half of what counting costs where accounts are few, so only if needed."""
        return np.array([time.timestamp() for time in self._times])

    @cached_property
    def _in_order(self) -> bool:
        return self._times == sorted(self._times)

    def counted(self) -> tuple[list[Tally], list[int]]:
        """The tallies, and the positions that are left."""
        left = np.ones(len(self._positions), dtype=np.bool_)
        known = [(kind, self._hold(kind, among)) for kind, among in self._kinds()]
        for _, these in known:
            left &= ~these
        tallies = []
        for kind, these in known:
            mixed = self._mixed(kind, np.flatnonzero(left & (self._slots >= 0)))
            if mixed:
                apart = these & np.isin(self._slots, list(mixed))
                left |= apart
                these = these & ~apart
            if these.any():
                tallies.append(self._tally(kind, np.flatnonzero(these)))
        return tallies, [self._positions[one] for one in np.flatnonzero(left).tolist()]

    def _kinds(self) -> list[tuple[Alike, Flags]]:
        """The kinds of events that may be counted by arrays, and which events are of each."""
        readings = self._columns.readings
        if len({*map(id, readings)}) == 1:
            alone = readings[0]
            return [(alone, self._slots >= 0)] if type(alone) is Alike else []
        marks = np.array([id(readings[one]) for one in self._positions])
        kinds = {id(one): one for one in readings if type(one) is Alike}
        return [
            (kind, (marks == mark) & (self._slots >= 0))
            for mark, kind in list(kinds.items())[:_MOST_KINDS]
        ]

    def _hold(self, kind: Alike, among: Flags) -> Flags:
        """Which of these events are in the running periods of their accounts."""
        for reset in {meter.reset for meter, _ in kind} - {"never"}:
            span = self._roster.span(reset)
            # A slot of -1 reads the last one; it is never among them.
            starts, ends = span.starts[self._slots], span.ends[self._slots]
            if not ((starts <= self._first) & (self._last < ends))[among].all():
                among = among & (starts <= self._seconds) & (self._seconds < ends)
        return among

    def _mixed(self, kind: Alike, left: Slots) -> set[int]:
        """The slots of accounts that have other events for the same meters: all their events are
        counted together.
        """
        meters, slots = {meter.id for meter, _ in kind}, self._slots[left].tolist()
        return {
            slot
            for slot, readings in zip(slots, self._readings(left), strict=True)
            if readings is kind or any(meter.id in meters for meter, _ in readings)
        }

    def _readings(self, places: Slots) -> list[Readings]:
        return [self._columns.readings[self._positions[one]] for one in places.tolist()]

    def _tally(self, kind: Alike, places: Slots) -> Tally:
        """`places` are indexes into this part's events, in order of arrival."""
        order = places[np.argsort(self._slots[places], kind="stable")]
        slots = self._slots[order]
        begins = np.flatnonzero(np.concatenate(([True], slots[1:] != slots[:-1])))
        ends = np.append(begins[1:], len(slots))
        self._roster.use(slots[begins])
        firsts = [self._positions[one] for one in order[begins].tolist()]
        return Tally(
            self._partition,
            [meter for meter, _ in kind],
            self._hour,
            self._roster,
            slots[begins],
            ends - begins,
            self._newest(order, begins, ends),
            [self._columns.received[one] for one in firsts],
        )

    def _newest(self, order: Slots, begins: Slots, ends: Slots) -> Seconds:
        if self._in_order:
            lasts = order[ends - 1].tolist()
            return np.array([self._times[one].timestamp() for one in lasts])
        newest: Seconds = np.maximum.reduceat(self._seconds[order], begins)
        return newest


def cells_of(tallies: Iterable[Tally]) -> dict[Key, Cell]:
    """The same, as if they had been counted one by one."""
    found: dict[Key, Cell] = {}
    for one in tallies:
        for meter, _, *columns in one.rows():
            for account, start, end, amount, time, received_ms in zip(
                *columns, one.received_ms, strict=True
            ):
                ends = None if end is None else _moment(end)
                key = (account, meter, _moment(start), one.hour)
                found[key] = Count(ends, amount, _moment(time), received_ms)
    return found


def entries_of(
    cells: Cells, tallies: Iterable[Tally], later: Later, place_of: Callable[[str], int]
) -> dict[int, list[Entries]]:
    """By partition, what is added to hours that are written later. `place_of`: the partition of an
    account.
    """
    found: dict[int, list[Entries]] = defaultdict(list)
    for one in tallies:
        meters = [meter.id for meter in one.meters if later.holds(meter.id, one.hour)]
        accounts = one.accounts if meters else []
        for meter in meters:
            entries = Entries((meter, "count", one.hour), accounts, one.amounts.tolist())
            found[one.partition].append(entries)
    for key, cell in cells.items():
        if later.holds(key[1], key[3]):
            kind = (key[1], cell.aggregation, key[3])
            found[place_of(key[0])].append(Entries(kind, [key[0]], [cell.amount]))
    return found


def received_of(tallies: Iterable[Tally], places: Collection[Place]) -> dict[Place, int]:
    """The time (ms) at which the first event of each of these totals was received."""
    wanted = {(account, meter): (account, meter, start) for account, meter, start in places}
    found: dict[Place, int] = {}
    for one in tallies if wanted else ():
        for account, received_ms in zip(one.accounts, one.received_ms, strict=True):
            for meter in one.meters:
                if (place := wanted.get((account, meter.id))) is not None:
                    found[place] = received_ms
    return found


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
