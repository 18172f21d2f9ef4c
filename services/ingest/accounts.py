"""What is cached of accounts between batches: each one's partition, and where its periods begin.
Does no I/O.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final

from aiokafka.partitioner import murmur2

from shared.erasure.tombstones import Tombstone, account_hash
from shared.values.periods import CALENDAR, NEVER, Grid, Reset, period_at

MOST_ACCOUNTS: Final = 100_000
"""About 50 MB if all of them have subscriptions."""


def partition_of(account: str, partitions: int) -> int:
    """The partition of a record with this key, as chosen by the Java client and by aiokafka."""
    return int(murmur2(account.encode()) & 0x7FFFFFFF) % partitions


class Window:
    """The periods of a grid. `start` and `end` are those of the last one asked for: the next event
    is nearly always in it.
    """

    __slots__ = ("_grid", "end", "start")

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self.start = self.end = NEVER

    def turn_to(self, moment: datetime) -> None:
        """Sets `start` and `end` to the period that contains `moment`."""
        period = period_at(self._grid, moment)
        self.start, self.end = period.start, period.end

    def holds(self, first: datetime, last: datetime) -> bool:
        """Whether both times are in the same period; if so, sets `start` and `end` to it."""
        if not self.start <= first < self.end:
            self.turn_to(first)
        return last < self.end


class Account:
    """`key` is the key of its records."""

    __slots__ = (
        "_billing",
        "_others",
        "barred_until",
        "grid",
        "id",
        "key",
        "partition",
        "plain_key",
    )

    def __init__(self, account: str, partition: int) -> None:
        self.id = account
        self.key = account.encode()
        self.plain_key: bytes | None = self.key
        """The same; None if its events need a closer look."""
        self.partition = partition
        self.barred_until: datetime | None = None
        """Set if it was erased: what happened before does not count."""
        self.grid: Grid | None = None
        """Where its billing periods begin; None until the subscription has been looked up."""
        self._billing: Window | None = None
        self._others: dict[Reset, Window] | None = None

    @property
    def subscribed(self) -> bool:
        return self.grid is not CALENDAR

    def bar(self, until: datetime) -> None:
        self.barred_until, self.plain_key = until, None

    def is_barred(self, moment: datetime) -> bool:
        return self.barred_until is not None and moment < self.barred_until

    def window(self, reset: Reset) -> Window:
        """The windows of meters with this reset. The subscription must have been looked up. Most
        accounts have only one kind, which needs no mapping.
        """
        if reset == "period" and self._billing is not None:
            return self._billing
        found = (self._others or {}).get(reset)
        return self._made(reset) if found is None else found

    def _made(self, reset: Reset) -> Window:
        assert self.grid is not None
        made = Window(self.grid.of(reset))
        if reset == "period":
            self._billing = made
        else:
            self._others = {**(self._others or {}), reset: made}
        return made

    def running(self, now: datetime) -> Iterator[tuple[Reset, Window]]:
        """The windows that were asked for and contain this moment, if it has a subscription."""
        if self.grid is None or self.grid is CALENDAR:
            return
        windows = dict(self._others or {})
        if self._billing is not None:
            windows["period"] = self._billing
        for reset, window in windows.items():
            if window.start <= now < window.end:
                yield reset, window

    def learn(self, grid: Grid | None) -> None:
        """None: no subscription, so it uses calendar months in UTC."""
        self.forget()
        self.grid = grid or CALENDAR

    def forget(self) -> None:
        """Call if its subscription may have changed."""
        self.grid = self._billing = self._others = None


class Accounts(dict[str, Account]):
    """The most recently used accounts, for one number of partitions. Asking for a missing one
    creates it.
    """

    def __init__(self, most: int = MOST_ACCOUNTS) -> None:
        super().__init__()
        self._most = most
        self._partitions = 0
        self._barred: dict[bytes, datetime] = {}

    def __missing__(self, account: str) -> Account:
        found = self[account] = Account(account, partition_of(account, self._partitions))
        if (until := self._barring(account)) is not None:
            found.bar(until)
        return found

    def _barring(self, account: str) -> datetime | None:
        return self._barred.get(account_hash(account)) if self._barred else None

    def is_plain_on(self, account: str, partition: int) -> bool:
        """Whether its events, under its own key, are counted on this partition without a closer
        look. Caches the account only if that takes one.
        """
        known = self[account] if self._barred else self.get(account)
        if known is None:
            return self.partition(account) == partition
        return known.plain_key is not None and known.partition == partition

    def is_unknown(self, account: str) -> bool:
        """Whether its subscription would have to be looked up, and nothing else is known of it."""
        known = self.get(account)
        if known is None:
            return self._barring(account) is None
        return known.grid is None and known.barred_until is None

    def bar(self, tombstones: Iterable[Tombstone]) -> None:
        """These accounts were erased, or have come back since. If their ids are already forgotten,
        all accounts are dropped.
        """
        for one in tombstones:
            self._barred[one.hash] = one.until
            if one.account is None:
                self.clear()
            else:
                self.pop(one.account, None)

    def forget_calendars(self, accounts: Collection[str] | None = None) -> None:
        """Forgets the calendars of these accounts, or of all: their subscriptions may have
        changed.
        """
        for account in self if accounts is None else accounts:
            if account in self:
                self[account].forget()

    def spread_over(self, partitions: int) -> None:
        """Sets the topic's number of partitions."""
        if partitions != self._partitions:
            self.clear()
            self._partitions = partitions

    def partition(self, account: str) -> int:
        """The account's partition; does not cache the account."""
        return partition_of(account, self._partitions)

    def trim(self) -> None:
        """Call between two batches: forgets the older half if there are too many."""
        if len(self) > self._most:
            for account in list(self)[: len(self) // 2]:
                del self[account]
