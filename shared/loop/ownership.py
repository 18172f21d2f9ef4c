"""What one member of a consumer group owns, and whether that is certain."""

from dataclasses import dataclass, field

from aiokafka.structs import TopicPartition

from shared.loop.offsets import Stored


@dataclass(slots=True)
class Ownership:
    """Partitions by bare topic name. A batch fetched in another epoch is stale: the assignment or
    the position has changed since.

    aiokafka hands out records of a new assignment before its listener has finished (aiokafka #738),
    and of an old one after it.
    """

    epoch: int = 0
    unsettled: bool = True
    stored: dict[TopicPartition, Stored] = field(default_factory=dict)
    stopped: dict[TopicPartition, str] = field(default_factory=dict)

    def doubt(self) -> None:
        """From now on nothing is certain: offsets must be read and sought again."""
        self.epoch += 1
        self.unsettled = True

    def settle(
        self, stored: dict[TopicPartition, Stored], stopped: dict[TopicPartition, str]
    ) -> None:
        """Certain again. Whatever was fetched from earlier positions is stale."""
        self.epoch += 1
        self.unsettled = False
        self.stored = stored
        self.stopped = stopped

    def highest(self) -> dict[TopicPartition, int]:
        return {partition: place.highest for partition, place in self.stored.items()}


def out_of_range(offset: int, begin: int, end: int, service: str) -> str | None:
    """Why reading cannot continue at `offset` of a partition with offsets [begin, end), or None.
    Never a reason to skip records.
    """
    if offset < begin:
        return (
            f"the topic begins at {begin}, but records from {offset} on were not read: "
            "they were deleted before this service saw them. Check the topic's retention, "
            f"then decide with `plimsoll rewind --service {service} --to earliest`"
        )
    if offset > end:
        return (
            f"the topic ends at {end}, but {offset} is the next record to read: "
            "it was truncated or recreated. Check the cluster, "
            f"then decide with `plimsoll rewind --service {service} --to earliest`"
        )
    return None
