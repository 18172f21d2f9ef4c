"""What is remembered of accounts between batches: the partition of each, and its calendar once one was needed. Does no I/O."""

from collections.abc import Collection
from typing import Final

from aiokafka.partitioner import murmur2

from services.ingest.calendars import Calendar

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


class Accounts(dict[str, Account]):
    """The accounts met last, under one number of partitions. Asking for one that is not here makes it."""

    def __init__(self, most: int = MOST_ACCOUNTS) -> None:
        super().__init__()
        self._most = most
        self._partitions = 0

    def __missing__(self, account: str) -> Account:
        found = self[account] = Account(account.encode(), partition_of(account, self._partitions))
        return found

    def forget_calendars(self, accounts: Collection[str] | None = None) -> None:
        """Of these accounts, or of all: their subscriptions may have changed."""
        for account in self if accounts is None else accounts:
            if account in self:
                self[account].calendar = None

    def spread_over(self, partitions: int) -> None:
        """The topic has this many partitions."""
        if partitions != self._partitions:
            self.clear()
            self._partitions = partitions

    def trim(self) -> None:
        """Between two batches: forgets the half that was met first, when there are too many."""
        if len(self) > self._most:
            for account in list(self)[: len(self) // 2]:
                del self[account]
