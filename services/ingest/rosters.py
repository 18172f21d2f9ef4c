"""The accounts of a partition in columns: each has a slot, and by slot where its running periods
begin and end. Does no I/O.

An object for each of a million accounts would take a gigabyte, and most of the time of an event
that is the only one of its account.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.values.periods import Reset

MOST_ACCOUNTS: Final = 1_000_000
"""About 150 bytes each."""
_FIRST_SLOTS: Final = 256
_UNKNOWN: Final = -1

Seconds = NDArray[np.float64]
"""Since 1970. Until about 2100 exact to the microsecond."""

Slots = NDArray[np.int64]


class Span:
    """By slot, the running period of one kind of reset: `[starts, ends)`. Where nothing is known it
    contains no moment.
    """

    __slots__ = ("ends", "starts")

    def __init__(self, room: int) -> None:
        self.starts: Seconds = np.full(room, np.inf)
        self.ends: Seconds = np.full(room, -np.inf)

    def grow(self, room: int) -> None:
        more = Span(room - len(self.starts))
        self.starts = np.concatenate((self.starts, more.starts))
        self.ends = np.concatenate((self.ends, more.ends))

    def forget(self, slot: int) -> None:
        self.starts[slot], self.ends[slot] = np.inf, -np.inf


class Roster:
    """Accounts with a subscription whose plain events are counted on this partition: those that
    have not been erased, and whose key is their id.

    All that is in it is true as of one revision of the plans; an account that is missing may have
    any periods.
    """

    __slots__ = ("_free", "_hand", "_names", "_room", "_slots", "_spans", "_used")

    def __init__(self) -> None:
        self._slots: dict[str, int] = {}
        self._names: list[str | None] = []
        self._free: list[int] = []
        self._room = 0
        self._spans: dict[Reset, Span] = {}
        self._used: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._hand = 0

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, account: str) -> bool:
        return account in self._slots

    def slots(self, accounts: Iterable[str]) -> list[int]:
        """Of each account; -1 if it is not here."""
        return list(map(self._slots.get, accounts, repeat(_UNKNOWN)))

    def names(self, slots: Slots) -> list[str]:
        """The accounts of these slots, which must be taken."""
        return list(map(self._names.__getitem__, slots.tolist()))  # type: ignore[arg-type] # taken

    def span(self, reset: Reset) -> Span:
        found = self._spans.get(reset)
        return self._spans.setdefault(reset, Span(self._room)) if found is None else found

    def use(self, slots: Slots) -> None:
        """They stay when others are dropped."""
        self._used[slots] = True

    def learn(
        self, reset: Reset, accounts: Sequence[str], starts: Sequence[float], ends: Sequence[float]
    ) -> None:
        """The running periods of these accounts."""
        taken = [self._taken(account) for account in accounts]
        self._grow()
        span = self.span(reset)
        span.starts[taken], span.ends[taken], self._used[taken] = starts, ends, True

    def forget(self, accounts: Iterable[str]) -> None:
        """Call if their subscriptions may have changed."""
        for account in accounts:
            if (slot := self._slots.pop(account, None)) is not None:
                self._names[slot] = None
                self._free.append(slot)
                for span in self._spans.values():
                    span.forget(slot)

    def trim(self, most: int) -> None:
        """Drops accounts that were not used since the hand passed them last, if there are more."""
        over = len(self._slots) - most
        if over > 0:
            # Some more than necessary, or every batch would have to do it again.
            self.forget(self._unused(over + most // 16))

    def _unused(self, number: int) -> Collection[str]:
        found: dict[str, None] = {}
        for _ in range(2 * len(self._names)):
            self._hand = (self._hand + 1) % len(self._names)
            name = self._names[self._hand]
            if name is not None and not self._used[self._hand]:
                found[name] = None
                if len(found) == number:
                    break
            self._used[self._hand] = False
        return found

    def _taken(self, account: str) -> int:
        slot = self._slots.get(account)
        if slot is None:
            slot = self._free.pop() if self._free else len(self._names)
            if slot == len(self._names):
                self._names.append(account)
            else:
                self._names[slot] = account
            self._slots[account] = slot
        return slot

    def _grow(self) -> None:
        if len(self._names) <= self._room:
            return
        self._room = max(_FIRST_SLOTS, len(self._names) * 5 // 4)
        for span in self._spans.values():
            span.grow(self._room)
        used = np.zeros(self._room, dtype=np.bool_)
        used[: len(self._used)] = self._used
        self._used = used


class Rosters:
    """The rosters of the partitions that this process owns, within a budget of accounts."""

    def __init__(self, most: int = MOST_ACCOUNTS) -> None:
        self._most = most
        self._rosters: dict[int, Roster] = {}

    def __len__(self) -> int:
        return sum(map(len, self._rosters.values()))

    def of(self, partition: int) -> Roster:
        return self._rosters.setdefault(partition, Roster())

    def clear(self) -> None:
        self._rosters.clear()

    def forget(self, accounts: Collection[str]) -> None:
        for roster in self._rosters.values():
            roster.forget(accounts)

    def trim(self) -> None:
        """Call between two batches."""
        for roster in self._rosters.values():
            roster.trim(self._most // len(self._rosters))
