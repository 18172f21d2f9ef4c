"""Which events of a batch are new: an index in memory, filled from the log in PostgreSQL as
needed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.calendars import bucket_start
from services.ingest.counting import Columns
from services.ingest.seen_keys import BUDGET_BYTES, Bucket, Index
from services.ingest.tables import keys as table
from shared.telemetry import metrics

MOST_LOADS: Final = 256
"""The most buckets, and bytes of keys, that are loaded for one turn; the rest of the batch waits.
"""
MOST_LOADED_BYTES: Final = 4 * BUDGET_BYTES

Batch = Mapping[int, Columns]
"""The events of a batch by partition."""

Positions = Mapping[int, Sequence[int]]
"""Some of the events: their positions in the columns of each partition."""

Keys = Mapping[Bucket, Sequence[bytes]]


class Dedupe:
    """What was counted in the partitions that this process owns. After any doubt, discard it with
    `forget`.
    """

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self._index = Index(budget)
        self._used: dict[int, set[Bucket]] = {}
        self._days: set[date] = set()
        self.partitions = 0

    def forget(self, owned: Collection[int], partitions: int) -> None:
        """Forgets everything about these partitions; the topic has `partitions`."""
        self._index.forget(owned)
        self.partitions = partitions
        self._used.clear()
        self._days.clear()

    async def load(
        self, conn: AsyncConnection, batch: Batch, *, whole: bool
    ) -> dict[int, int] | None:
        """Loads what is needed to look for duplicates; or returns how many events of each partition
        fit into one turn.

        `whole`: load everything, however much it is.
        """
        missing = self._index.missing(
            near for bucket in buckets_of(batch) for near in bucket.neighbours()
        )
        if not missing:
            return None
        if not whole:
            sizes = await table.sizes(conn, missing, self.partitions)
            if (take := _affordable(batch, set(missing), sizes)) is not None:
                return take
        for bucket, keys in (await table.load(conn, missing, self.partitions)).items():
            self._index.put(bucket, keys)
        metrics.bucket_loads.inc(len(missing))
        return None

    def new(self, batch: Batch) -> tuple[Positions, Keys]:
        """The events that were never counted (of several with one key, the first), and their
        keys.
        """
        positions: dict[int, Sequence[int]] = {}
        keys: dict[Bucket, list[bytes]] = {}
        for partition, columns in batch.items():
            numbers = {*columns.buckets}
            # The usual case: nothing to sort by bucket.
            alone = numbers.pop() if len(numbers) == 1 else None
            found = (
                self._of_one_bucket(partition, columns, alone)
                if alone is not None
                else self._of_many(partition, columns)
            )
            positions[partition] = sorted(chain.from_iterable(found.values()))
            keys |= {
                Bucket(partition, number): [columns.keys[position] for position in some]
                for number, some in found.items()
                if some
            }
        return positions, keys

    def _of_one_bucket(self, partition: int, columns: Columns, number: int) -> dict[int, list[int]]:
        """The positions of new events, by bucket number."""
        seen = self._index.known(Bucket(partition, number), columns.keys)
        positions: list[int] = []
        for position, key in enumerate(columns.keys):
            if key not in seen:
                seen.add(key)
                positions.append(position)
        return {number: positions}

    def _of_many(self, partition: int, columns: Columns) -> dict[int, list[int]]:
        """The same. Two events with the same key may be far apart in time and then both count, so
        keys are remembered with their bucket.
        """
        by_bucket: dict[int, list[bytes]] = defaultdict(list)
        for number, key in zip(columns.buckets, columns.keys, strict=True):
            by_bucket[number].append(key)
        known = {
            number: self._index.known(Bucket(partition, number), keys)
            for number, keys in by_bucket.items()
        }
        positions: dict[int, list[int]] = defaultdict(list)
        seen: dict[bytes, list[int]] = defaultdict(list)
        for position, (number, key) in enumerate(zip(columns.buckets, columns.keys, strict=True)):
            if key not in known[number] and all(
                abs(number - other) > 1 for other in seen.get(key, ())
            ):
                seen[key].append(number)
                positions[number].append(position)
        return positions

    async def keep(self, conn: AsyncConnection, new: Keys) -> None:
        """Writes the keys of counted events, in the transaction that counts them."""
        if not new:
            return
        days = {bucket_start(bucket.number).date() for bucket in new}
        if not days <= self._days:
            await table.make_days(conn, days)
        await table.append(conn, new, self.partitions)

    def committed(self, batch: Batch, new: Keys) -> None:
        """Call after the commit. If keys entered the index earlier, a repeated attempt would take
        its own events for duplicates.

        What each partition used last stays, regardless of the budget: its next batch needs it, even
        if this batch is another partition's.
        """
        self._days |= {bucket_start(bucket.number).date() for bucket in new}
        for bucket, keys in new.items():
            self._index.add(bucket, keys)
        for partition in batch:
            self._used[partition] = {
                near
                for bucket in buckets_of({partition: batch[partition]})
                for near in bucket.neighbours()
            }
        self._index.trim(set().union(*self._used.values()))


def buckets_of(batch: Batch) -> set[Bucket]:
    return {
        Bucket(partition, number)
        for partition, columns in batch.items()
        for number in {*columns.buckets}
    }


def _affordable(
    batch: Batch, missing: Collection[Bucket], sizes: Mapping[Bucket, int]
) -> dict[int, int] | None:
    """None if everything can be loaded in one turn; else how many events of each partition can, at
    least one in all.
    """
    if len(missing) <= MOST_LOADS and sum(sizes.values()) <= MOST_LOADED_BYTES:
        return None
    loads: set[Bucket] = set()
    size, take = 0, {}
    for partition, columns in batch.items():
        take[partition] = 0
        for number in columns.buckets:
            more = {
                near
                for near in Bucket(partition, number).neighbours()
                if near in missing and near not in loads
            }
            size += sum(sizes.get(bucket, 0) for bucket in more)
            if loads and (len(loads) + len(more) > MOST_LOADS or size > MOST_LOADED_BYTES):
                return take
            loads |= more
            take[partition] += 1
    return None
