"""The keys of counted events in memory: per partition and bucket, within a budget. A cache of
`dedupe_segment`; does no I/O.

It holds only committed keys and only complete buckets: a missing bucket must be loaded before it is
queried.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

KEY_BYTES: Final = 16
BUDGET_BYTES: Final = 64 * 2**20
_TAIL_KEYS: Final = 32_768
_TAIL_KEY_BYTES: Final = 98
"""The cost of a key in a Python set (measured, decision 0011)."""
_BUCKET_BYTES: Final = 600
"""An empty bucket's own objects."""

Words = NDArray[np.uint64]


class Bucket(NamedTuple):
    """Ten minutes of event time, numbered since 1970, of one partition."""

    partition: int
    number: int

    def neighbours(self) -> tuple["Bucket", "Bucket", "Bucket"]:
        """The buckets in which a duplicate of its events may be: itself, the previous and the
        next.
        """
        return (
            self,
            Bucket(self.partition, self.number - 1),
            Bucket(self.partition, self.number + 1),
        )


class Question:
    """Keys to look for, in the order that makes the search cheap."""

    __slots__ = ("_high", "_keys", "_low", "_order")

    def __init__(self, keys: Sequence[bytes]) -> None:
        high, low = _split(b"".join(keys))
        self._order = np.argsort(high)
        self._high, self._low = high[self._order], low[self._order]
        self._keys = keys

    def among(self, high: Words, low: Words) -> set[bytes]:
        """The keys that are in the run (sorted by `high`)."""
        places = np.searchsorted(high, self._high)
        places[places == len(high)] = 0
        same_high = high[places] == self._high
        same = same_high & (low[places] == self._low)
        found = {self._keys[index] for index in self._order[same]}
        # Two keys share one half: once in 10^12 buckets.
        for index in np.flatnonzero(same_high & ~same):
            found |= self._scan(int(index), int(places[index]), high, low)
        return found

    def of(self, tail: set[bytes]) -> set[bytes]:
        return tail.intersection(self._keys)

    def _scan(self, index: int, place: int, high: Words, low: Words) -> set[bytes]:
        while place < len(high) and high[place] == self._high[index]:
            if low[place] == self._low[index]:
                return {self._keys[self._order[index]]}
            place += 1
        return set()


class KeySet:
    """A growing set of 16-byte keys: a sorted run of 16 bytes per key, and a small tail of the
    latest ones.
    """

    __slots__ = ("_high", "_low", "_tail", "_tail_keys")

    def __init__(self, keys: bytes = b"", *, tail_keys: int = _TAIL_KEYS) -> None:
        high, low = _split(keys)
        self._tail: set[bytes] = set()
        self._tail_keys = tail_keys
        self._high, self._low = _sorted(high, low)

    def __len__(self) -> int:
        return len(self._high) + len(self._tail)

    @property
    def size(self) -> int:
        """Approximate memory in bytes."""
        return _BUCKET_BYTES + KEY_BYTES * len(self._high) + _TAIL_KEY_BYTES * len(self._tail)

    def find(self, question: Question) -> set[bytes]:
        found = question.of(self._tail) if self._tail else set()
        return found | question.among(self._high, self._low) if len(self._high) else found

    def add(self, keys: Iterable[bytes]) -> None:
        """Adds keys that it does not contain yet."""
        self._tail.update(keys)
        if len(self._tail) >= self._tail_keys:
            self.settle()

    def settle(self) -> None:
        """Merges the tail into the run, which takes a sixth of the memory."""
        if self._tail:
            high, low = _split(b"".join(self._tail))
            self._high, self._low = _sorted(
                np.concatenate((self._high, high)), np.concatenate((self._low, low))
            )
            self._tail = set()


class Index:
    """The buckets in memory, least recently used first."""

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self._budget = budget
        self._buckets: OrderedDict[Bucket, KeySet] = OrderedDict()
        self.size = 0
        """Approximate memory in bytes."""

    def __len__(self) -> int:
        return len(self._buckets)

    def missing(self, wanted: Iterable[Bucket]) -> list[Bucket]:
        return sorted(bucket for bucket in set(wanted) if bucket not in self._buckets)

    def put(self, bucket: Bucket, keys: bytes) -> None:
        """Stores a complete bucket as loaded."""
        self._drop(bucket)
        self._buckets[bucket] = loaded = KeySet(keys)
        self.size += loaded.size

    def known(self, bucket: Bucket, keys: Sequence[bytes]) -> set[bytes]:
        """Which of these keys are in the bucket or its neighbours. KeyError if one of the three is
        not in memory.
        """
        question = Question(keys)
        found: set[bytes] = set()
        for near in bucket.neighbours():
            self._buckets.move_to_end(near)
            found |= self._buckets[near].find(question)
        return found

    def add(self, bucket: Bucket, keys: Iterable[bytes]) -> None:
        """Call after the commit. A bucket that has been dropped gets them when it is loaded
        again.
        """
        held = self._buckets.get(bucket)
        if held is not None:
            self.size -= held.size
            held.add(keys)
            self.size += held.size

    def forget(self, partitions: Collection[int]) -> None:
        """Call after any doubt: what is cached for these partitions may be wrong."""
        for bucket in [bucket for bucket in self._buckets if bucket.partition in partitions]:
            self._drop(bucket)

    def trim(self, in_use: Collection[Bucket]) -> None:
        """Drops the least recently used buckets until the rest fits the budget; never those in use,
        which would be reloaded immediately.
        """
        if self.size <= self._budget:
            return
        for bucket in [bucket for bucket in self._buckets if bucket not in in_use]:
            self._drop(bucket)
            if self.size <= self._budget:
                return

    def _drop(self, bucket: Bucket) -> None:
        if bucket in self._buckets:
            self.size -= self._buckets.pop(bucket).size


def _split(keys: bytes) -> tuple[Words, Words]:
    words = np.frombuffer(keys, dtype=np.uint64).reshape(-1, 2)
    return words[:, 0], words[:, 1]


def _sorted(high: Words, low: Words) -> tuple[Words, Words]:
    order = np.argsort(high, kind="stable")  # stable: merges two sorted runs in one pass
    return high[order], low[order]
