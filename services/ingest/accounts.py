"""What is remembered of accounts between batches: the partition of each, and where its periods begin. Does no I/O."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from aiokafka.partitioner import murmur2

from shared.periods import CALENDAR, NEVER, Grid, Reset, period_at
from shared.tombstones import Tombstone, account_hash

MOST_ACCOUNTS: Final = 100_000
"""About 50 MB, if all of them have subscriptions."""


def partition_of(account: str, partitions: int) -> int:
    """Where a record with this key lies: as the Java client, and aiokafka, choose it."""
    return int(murmur2(account.encode()) & 0x7FFFFFFF) % partitions


class Window:
    """The periods of a grid. `start` and `end` are those of the one asked for last: the next event is nearly always in it."""

    __slots__ = ("_grid", "end", "start")

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self.start = self.end = NEVER

    def turn_to(self, moment: datetime) -> None:
        """Makes `start` and `end` those of the period that contains `moment`."""
        period = period_at(self._grid, moment)
        self.start, self.end = period.start, period.end

    def holds(self, first: datetime, last: datetime) -> bool:
        """Whether both moments lie in one period: then `start` and `end` are that one's."""
        if not self.start <= first < self.end:
            self.turn_to(first)
        return last < self.end


class Account:
    """`key` is what its records carry."""

    __slots__ = ("_billing", "_others", "barred_until", "grid", "id", "key", "partition", "plain_key")

    def __init__(self, account: str, partition: int) -> None:
        self.id = account
        self.key = account.encode()
        self.plain_key: bytes | None = self.key
        """The same; None where its events need a closer look."""
        self.partition = partition
        self.barred_until: datetime | None = None
        """It was erased: what happened before counts for nobody."""
        self.grid: Grid | None = None
        """Where its billing periods begin; None until its subscription has been looked up."""
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
        """Of meters that reset so. Its subscription has been looked up. Nearly all have one kind only, so that one costs no mapping."""
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

    def learn(self, grid: Grid | None) -> None:
        """None: it has no subscription, so the calendar in UTC."""
        self.forget()
        self.grid = grid or CALENDAR

    def forget(self) -> None:
        """Its subscription may have changed."""
        self.grid = self._billing = self._others = None


class Accounts(dict[str, Account]):
    """The accounts met last, under one number of partitions. Asking for one that is not here makes it."""

    def __init__(self, most: int = MOST_ACCOUNTS) -> None:
        super().__init__()
        self._most = most
        self._partitions = 0
        self._barred: dict[bytes, datetime] = {}

    def __missing__(self, account: str) -> Account:
        found = self[account] = Account(account, partition_of(account, self._partitions))
        if self._barred and (until := self._barred.get(account_hash(account))) is not None:
            found.bar(until)
        return found

    def bar(self, tombstones: Iterable[Tombstone]) -> None:
        """These accounts were erased, or have come back since. Who it is may be forgotten already: then everybody is met anew."""
        for one in tombstones:
            self._barred[one.hash] = one.until
            if one.account is None:
                self.clear()
            else:
                self.pop(one.account, None)

    def forget_calendars(self, accounts: Collection[str] | None = None) -> None:
        """Of these accounts, or of all: their subscriptions may have changed."""
        for account in self if accounts is None else accounts:
            if account in self:
                self[account].forget()

    def spread_over(self, partitions: int) -> None:
        """The topic has this many partitions."""
        if partitions != self._partitions:
            self.clear()
            self._partitions = partitions

    def partition(self, account: str) -> int:
        """Where it belongs; nothing is remembered of it."""
        return partition_of(account, self._partitions)

    def trim(self) -> None:
        """Between two batches: forgets the half that was met first, when there are too many."""
        if len(self) > self._most:
            for account in list(self)[: len(self) // 2]:
                del self[account]
