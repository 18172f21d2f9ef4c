"""PostgreSQL has recovered once it accepts what it failed at, not once it responds: with a full
disk it still reads and accepts small writes.
"""

from collections.abc import Mapping
from typing import Literal

from aiokafka.structs import TopicPartition

from shared.loop.offsets import Stored

Kind = Literal["batch", "tick", "retry", "look", "settle"]


class Recovery:
    """The work at which PostgreSQL failed last and that the loop has yet to repeat; of a batch,
    where it began.
    """

    def __init__(self) -> None:
        self._failed: Kind | None = None
        self._owed: Mapping[TopicPartition, int] = {}

    def failed(
        self,
        kind: Kind,
        batch: Mapping[TopicPartition, int],
        stored: Mapping[TopicPartition, Stored],
    ) -> None:
        """`batch`: the last offset of each partition in the batch. A failed batch stays pending
        until it succeeds.
        """
        if self._failed == "batch" and kind != "batch":
            return
        self._failed = kind
        if kind == "batch":
            self._owed = {
                partition: stored[partition].next
                for partition, last in batch.items()
                if stored[partition].next <= last
            }

    def succeeded(self, kind: Kind) -> None:
        if kind == self._failed:
            self._failed, self._owed = None, {}

    def owes(self, stored: Mapping[TopicPartition, Stored], *, retrying: bool) -> bool:
        """Whether that work is still ours: partitions and accounts may have moved to another
        process meanwhile.
        """
        match self._failed:
            case "batch":
                return any(
                    partition in stored and stored[partition].next == offset
                    for partition, offset in self._owed.items()
                )
            case "tick":
                return bool(stored)
            case "retry":
                return retrying
            case _:
                return False
