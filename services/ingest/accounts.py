"""What is remembered of accounts between batches: the partition of each, and its calendar once one was needed. Does no I/O."""

from collections.abc import Collection, Iterable
from typing import Final

from aiokafka.partitioner import murmur2

from services.ingest.calendars import Calendar
from shared.periods import Grid

MOST_ACCOUNTS: Final = 100_000
"""About 50 MB, if all of them have subscriptions."""


def partition_of(account: str, partitions: int) -> int:
    """Where a record with this key lies: as the Java client, and aiokafka, choose it."""
    return int(murmur2(account.encode()) & 0x7FFFFFFF) % partitions


class Account:
    """`key` is what its records carry; `calendar` is None until its subscription has been looked up."""

    __slots__ = ("calendar", "key", "partition")

    def __init__(self, key: bytes, partition: int) -> None:
        self.key = key
        self.partition = partition
        self.calendar: Calendar | None = None


class Accounts:
    """The accounts met last, under one number of partitions."""

    def __init__(self, most: int = MOST_ACCOUNTS) -> None:
        self._most = most
        self._partitions = 0
        self._known: dict[str, Account] = {}

    def get(self, account: str) -> Account:
        found = self._known.get(account)
        if found is None:
            found = self._known[account] = Account(account.encode(), partition_of(account, self._partitions))
        return found

    def calendar(self, account: str) -> Calendar:
        """Of an account that `learn` was called for since it was last forgotten."""
        calendar = self._known[account].calendar
        assert calendar is not None
        return calendar

    def without_calendar(self, accounts: Iterable[str]) -> set[str]:
        return {account for account in accounts if self.get(account).calendar is None}

    def learn(self, account: str, grid: Grid | None) -> None:
        self.get(account).calendar = Calendar(grid)

    def forget_calendars(self, accounts: Collection[str] | None = None) -> None:
        """Of these accounts, or of all: their subscriptions may have changed."""
        for account in self._known if accounts is None else accounts:
            if account in self._known:
                self._known[account].calendar = None

    def spread_over(self, partitions: int) -> None:
        """The topic has this many partitions."""
        if partitions != self._partitions:
            self._known.clear()
            self._partitions = partitions

    def trim(self) -> None:
        """Between two batches: forgets the half that was met first, when there are too many."""
        if len(self._known) > self._most:
            for account in list(self._known)[: len(self._known) // 2]:
                del self._known[account]
