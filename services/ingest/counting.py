"""What the new events of a batch add to totals and hours. Pure."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import localcontext
from typing import Any, ClassVar, NamedTuple, TypeVar

from services.ingest.accounts import Account
from services.ingest.calendars import BUCKETS_PER_HOUR
from services.ingest.meter_amounts import Amount, Readings
from shared.catalog import Aggregation, Meter
from shared.values.periods import NEVER
from shared.values.quantities import EXACT


@dataclass(slots=True)
class Columns:
    """Events in order of arrival, in columns.

    `slots` are the accounts' places in the partition's roster (-1: not there), `buckets` number the
    ten minutes of `times` since 1970, `received` are the records' timestamps in ms, `keys` are the
    dedupe keys.
    """

    accounts: list[str] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    readings: list[Readings] = field(default_factory=list)
    buckets: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.keys)


Place = tuple[str, str, datetime]
"""The place of a total: an account, one of its meters, and the start of the period. A gauge's only
period starts at NEVER and has no end.
"""

Slot = tuple[str, str, int]
"""An account, one of its meters, and an hour, numbered since 1970."""


class Cell:
    """What some events add to a total. `at`: the newest time (for `latest`: of the winning event).
    `received_ms`: of the first.
    """

    __slots__ = ("amount", "at", "end", "received_ms")
    aggregation: ClassVar[Aggregation]

    def __init__(self, end: datetime | None, amount: Any, at: datetime, received_ms: int) -> None:
        self.end = end
        self.amount = amount
        self.at = at
        self.received_ms = received_ms

    def add(self, amount: Any, at: datetime) -> None:
        """Adds an event that arrived after the previous ones."""
        raise NotImplementedError

    def copy(self) -> "Cell":
        return type(self)(self.end, self.amount, self.at, self.received_ms)


class _Added(Cell):
    __slots__ = ()

    def add(self, amount: Amount, at: datetime) -> None:
        self.amount += amount
        if at > self.at:
            self.at = at


class Count(_Added):
    __slots__ = ()
    aggregation = "count"


class _Sum(_Added):
    __slots__ = ()
    aggregation = "sum"


class _Max(Cell):
    __slots__ = ()
    aggregation = "max"

    def add(self, amount: Amount, at: datetime) -> None:
        if amount > self.amount:
            self.amount = amount
        if at > self.at:
            self.at = at


class _Latest(Cell):
    __slots__ = ()
    aggregation = "latest"

    def add(self, amount: Amount, at: datetime) -> None:
        if at >= self.at:
            self.amount, self.at = amount, at


class Unique(Cell):
    """`amount` is the set of members, in order of arrival."""

    __slots__ = ()
    aggregation = "unique"

    def __init__(self, end: datetime | None, amount: str, at: datetime, received_ms: int) -> None:
        super().__init__(end, {amount: None}, at, received_ms)

    def add(self, amount: str, at: datetime) -> None:
        self.amount[amount] = None
        if at > self.at:
            self.at = at

    def counted(self, new: int) -> Cell:
        """The same, with the number of its members that are new in their period."""
        return Members(self.end, new, self.at, self.received_ms)


class Members(_Added):
    """`amount` is the number of members that are new in their period."""

    __slots__ = ()
    aggregation = "unique"


CELLS: Mapping[Aggregation, type[Cell]] = {
    cell.aggregation: cell for cell in (Count, _Sum, _Max, _Latest, Unique)
}

Key = tuple[str, str, datetime, int]
"""A total and an hour of events in it: account, meter, start of the period, hour."""

Cells = Mapping[Key, Cell]


class Waiting(NamedTuple):
    """Events of one meter of an account without a subscription so far, in order of arrival."""

    aggregation: Aggregation
    times: list[datetime]
    amounts: list[Amount | str]


Loose = Mapping[tuple[str, str], Waiting]
"""By account and meter."""


def count(
    parts: Iterable[tuple[Columns, Sequence[int]]], accounts: Mapping[str, Account]
) -> tuple[Cells, Loose]:
    """Counts the events at these positions of each part. The accounts of resetting meters must have
    been looked up.
    """
    cells: dict[Key, Cell] = {}
    loose: dict[tuple[str, str], Waiting] = {}
    with localcontext(EXACT):
        for columns, positions in parts:
            _count(columns, positions, accounts, cells, loose)
    return cells, loose


def _count(
    columns: Columns,
    positions: Iterable[int],
    accounts: Mapping[str, Account],
    cells: dict[Key, Cell],
    loose: dict[tuple[str, str], Waiting],
) -> None:
    for position in positions:
        account, time, hour = (
            accounts[columns.accounts[position]],
            columns.times[position],
            columns.buckets[position] // BUCKETS_PER_HOUR,
        )
        for meter, amount in columns.readings[position]:
            start, end = NEVER, None
            if meter.reset != "never":
                window = account.window(meter.reset)
                if not window.start <= time < window.end:
                    window.turn_to(time)
                start, end = window.start, window.end
                if not account.subscribed:
                    waiting = loose.setdefault(
                        (account.id, meter.id), Waiting(meter.aggregation, [], [])
                    )
                    waiting.times.append(time)
                    waiting.amounts.append(amount)
            _add(
                cells,
                (account.id, meter.id, start, hour),
                meter,
                end,
                amount,
                time,
                columns.received[position],
            )


def _add(
    cells: dict[Key, Cell],
    key: Key,
    meter: Meter,
    end: datetime | None,
    amount: Amount | str,
    time: datetime,
    received_ms: int,
) -> None:
    cell = cells.get(key)
    if cell is None:
        cells[key] = CELLS[meter.aggregation](end, amount, time, received_ms)
    else:
        cell.add(amount, time)


def totals_of(cells: Cells) -> dict[Place, Cell]:
    """What is added to each total, over all hours. `unique` cells must have been counted."""
    return _merged(cells, lambda key: key[:3])


def hours_of(cells: Cells) -> dict[Slot, Cell]:
    """What is added to each hour, over all periods (a period may begin in the middle of one)."""
    return _merged(cells, lambda key: (key[0], key[1], key[3]))


def received_of(cells: Cells, places: Collection[Place]) -> dict[Place, int]:
    """The time (ms) at which the first event of each of these totals was received."""
    found: dict[Place, int] = {}
    if places:
        for key, cell in cells.items():
            if key[:3] in places:
                found.setdefault(key[:3], cell.received_ms)
    return found


Part = TypeVar("Part", bound=Hashable)


def _merged(cells: Cells, part_of: Callable[[Key], Part]) -> dict[Part, Cell]:
    found: dict[Part, Cell] = {}
    merged: set[Part] = set()
    with localcontext(EXACT):
        for key, cell in cells.items():
            part = part_of(key)
            if part not in found:
                found[part] = cell
                continue
            if part not in merged:  # the cell is shared so far
                found[part] = found[part].copy()
                merged.add(part)
            found[part].add(cell.amount, cell.at)
    return found
