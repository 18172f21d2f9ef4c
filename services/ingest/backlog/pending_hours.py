"""What has been counted in a partition and is not in its hours yet. Does no I/O.

The log has it, too: each turn writes what it takes out and what it adds, so adding the log up gives
the same again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from services.ingest.counting import Cells
from services.ingest.meter_amounts import Amount
from shared.catalog import Aggregation
from shared.values.quantities import EXACT

GROUPS: Final = 256
"""Accounts are written group by group: those that were written together, and so are neighbours in
the table, are written together again.
"""
_WHOLE: Final = 2**63
_NEVER: Final = float("inf")

Kind = tuple[str, Aggregation, int]
"""A meter, its aggregation, and an hour, numbered since 1970."""


class Entries(NamedTuple):
    """What is added to one hour of a meter, in columns."""

    kind: Kind
    accounts: list[str]
    amounts: list[Amount]


class Later(NamedTuple):
    """Whose hours are written later: those of these meters, from hour `first` on."""

    meters: Collection[str] = ()
    first: int = 0

    def holds(self, meter: str, hour: int) -> bool:
        return meter in self.meters and hour >= self.first

    def without(self, cells: Cells) -> Cells:
        """Those whose hours are written now."""
        if not self.meters:
            return cells
        return {key: cell for key, cell in cells.items() if not self.holds(key[1], key[3])}


AT_ONCE: Final = Later()
"""All hours are written with their totals."""


class PendingHours:
    """By group, what is to be added to which hour of which account, and (in seconds since 1970)
    since when some of that waits.
    """

    __slots__ = ("_groups", "_since", "_sizes")

    def __init__(self) -> None:
        self._groups: list[dict[Kind, dict[str, Amount]]] = [{} for _ in range(GROUPS)]
        self._since = [_NEVER] * GROUPS
        self._sizes: Counter[Kind] = Counter()

    def __len__(self) -> int:
        """Pairs of an account and an hour of a meter."""
        return sum(self._sizes.values())

    @property
    def oldest(self) -> float | None:
        """Nothing has waited longer, in seconds since 1970; None: nothing waits."""
        return min(self._since) if len(self) else None

    def add(self, entries: Entries, since: float) -> None:
        kind, groups, sinces, new = entries.kind, self._groups, self._since, 0
        for account, amount in zip(entries.accounts, entries.amounts, strict=True):
            number = _group_of(account)
            held = groups[number].setdefault(kind, {})
            before = held.get(account)
            if before is None:
                held[account] = amount
                new += 1
            else:
                held[account] = _sum(before, amount)
            if since < sinces[number]:
                sinces[number] = since
        if new:
            self._sizes[kind] += new

    def take(self, accounts: Iterable[str]) -> list[Entries]:
        """Takes out all that is pending of these accounts."""
        found: dict[Kind, list[tuple[str, Amount]]] = {}
        for account in accounts:
            for kind in list(self._groups[_group_of(account)]):
                if (amount := self._pop(kind, account)) is not None:
                    found.setdefault(kind, []).append((account, amount))
        return [
            Entries(kind, [account for account, _ in several], [amount for _, amount in several])
            for kind, several in found.items()
        ]

    def remove(self, kind: Kind, accounts: Iterable[str]) -> None:
        """The same for some accounts of one kind."""
        for account in accounts:
            self._pop(kind, account)

    def take_group(self, number: int) -> list[Entries]:
        """Takes out all of a group."""
        group, self._groups[number], self._since[number] = self._groups[number], {}, _NEVER
        for kind, held in group.items():
            self._shrink(kind, len(held))
        return [Entries(kind, list(held), list(held.values())) for kind, held in group.items()]

    def all(self) -> list[Entries]:
        """All that is pending; it stays."""
        found: dict[Kind, dict[str, Amount]] = {}
        for group in self._groups:
            for kind, held in group.items():
                found.setdefault(kind, {}).update(held)
        return [Entries(kind, list(held), list(held.values())) for kind, held in found.items()]

    def has_otherwise(self, aggregations: Mapping[str, Aggregation]) -> bool:
        """Whether something is pending of one of these meters under another aggregation."""
        return any(
            aggregations.get(meter, aggregation) != aggregation
            for meter, aggregation, _ in self._sizes
        )

    def _pop(self, kind: Kind, account: str) -> Amount | None:
        number = _group_of(account)
        group = self._groups[number]
        amount = group.get(kind, {}).pop(account, None)
        if amount is not None:
            self._shrink(kind, 1)
            if not group[kind]:
                del group[kind]
            if not group:
                self._since[number] = _NEVER
        return amount

    def _shrink(self, kind: Kind, number: int) -> None:
        self._sizes[kind] -= number
        if not self._sizes[kind]:
            del self._sizes[kind]


def spread(
    whole: Iterable[PendingHours], place_of: Callable[[str], int]
) -> dict[int, PendingHours]:
    """The same by the partitions that the accounts have now."""
    found: dict[int, PendingHours] = defaultdict(PendingHours)
    for pending in whole:
        since = pending.oldest or 0.0
        for kind, accounts, amounts in pending.all():
            parts: dict[int, Entries] = {}
            for account, amount in zip(accounts, amounts, strict=True):
                place = place_of(account)
                if place not in parts:
                    parts[place] = Entries(kind, [], [])
                parts[place].accounts.append(account)
                parts[place].amounts.append(amount)
            for place, part in parts.items():
                found[place].add(part, since)
    return found


def _group_of(account: str) -> int:
    return crc32(account.encode()) % GROUPS


class Step(NamedTuple):
    """A row of the log. First `taken` is taken out, then `added` is added: both by kind, with
    columns of accounts and amounts.
    """

    taken: list[tuple[Kind, list[str]]]
    added: list[tuple[Kind, list[str], list[int | str]]]


def encoded(taken: Iterable[Entries], added: Iterable[Entries]) -> bytes:
    """A row of the log."""
    return _ENCODER.encode(
        (
            [(one.kind, one.accounts) for one in taken],
            [(one.kind, one.accounts, _storable(one.amounts)) for one in added],
        )
    )


def apply(pending: PendingHours, raw: bytes, since: float) -> None:
    """Repeats a row of the log. `since`: what is said there of how long it has waited."""
    step = _DECODER.decode(raw)
    for kind, accounts in step.taken:
        pending.remove(kind, accounts)
    for kind, accounts, amounts in step.added:
        pending.add(Entries(kind, accounts, [_amount(one) for one in amounts]), since)


def _sum(one: Amount, other: Amount) -> Amount:
    if type(one) is int and type(other) is int:
        return one + other
    return EXACT.add(one, other)


def _storable(amounts: Sequence[Amount]) -> list[int | str]:
    """Integers of 64 bits; all else as text, which keeps every digit."""
    return [one if type(one) is int and -_WHOLE <= one < _WHOLE else str(one) for one in amounts]


def _amount(stored: int | str) -> Amount:
    return stored if type(stored) is int else EXACT.create_decimal(stored)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Step)
