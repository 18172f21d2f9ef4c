"""Is a topic still the one that the stored offsets refer to? The first records of a recreated one
would be lost.

Brokers from 2.8 on report an id for each topic. For older ones a batch that was read serves as
identity: its offset and checksum (`batch:BASE:CHECKSUM`).
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from shared.kafka.record_batches import fetch, first_frame
from shared.kafka.topic_ids import topic_ids
from shared.loop.offsets import Stored
from shared.runtime.waits import within

_ID, _BATCH = "id:", "batch:"
_FRAME_BYTES = 4_096
_ASK_SECONDS = 5.0

Places = Mapping[TopicPartition, Stored]


@dataclass(slots=True)
class Verdict:
    """By bare topic name. `current`: the topics' identities now, as far as known; `anew`: the
    partitions of recreated topics.
    """

    current: dict[TopicPartition, str] = field(default_factory=dict)
    anew: set[TopicPartition] = field(default_factory=set)

    def news(self, stored: Places) -> dict[TopicPartition, str]:
        """What is to be recorded: topics seen for the first time, or identified in another way than
        before.
        """
        return {
            partition: identity
            for partition, identity in self.current.items()
            if partition not in self.anew and identity != stored[partition].identity
        }


async def examine(client: AIOKafkaClient, prefix: str, stored: Places) -> Verdict:
    """Asks the cluster. `client` must be started and know the topics. Raises KafkaError while the
    cluster is down.
    """
    ids = (
        await topic_ids(client, sorted({prefix + partition.topic for partition in stored}))
        if stored
        else {}
    )
    verdict = Verdict()
    for partition, place in stored.items():
        known = ids.get(prefix + partition.topic)
        await _judge(
            client,
            TopicPartition(prefix + partition.topic, partition.partition),
            partition,
            place,
            known,
            verdict,
        )
    return verdict


async def _judge(
    client: AIOKafkaClient,
    full: TopicPartition,
    partition: TopicPartition,
    place: Stored,
    known: str | None,
    verdict: Verdict,
) -> None:
    nothing_read = place.next == place.highest == 0
    if known is not None:
        verdict.current[partition] = _ID + known
    if place.identity is None or nothing_read:
        if known is None and (mark := await _mark(client, full, place.next - 1)):
            verdict.current[partition] = mark
    elif place.identity.startswith(_ID):
        # A broker that reports no id proves nothing: it may be the last old one in a rolling
        # upgrade.
        if known is not None and place.identity != _ID + known:
            verdict.anew.add(partition)
    else:
        base = int(place.identity.split(":")[1])
        found = await _mark(client, full, base)
        if found is None:  # retention has deleted it
            found = await _mark(client, full, place.next - 1) or place.identity
        elif found != place.identity:
            verdict.anew.add(partition)
        verdict.current.setdefault(partition, found)


async def _mark(client: AIOKafkaClient, full: TopicPartition, offset: int) -> str | None:
    """The batch that contains `offset`; None if the partition does not have it."""
    if offset < 0:
        return None
    try:
        frame = first_frame(await fetch(client, full, offset, _FRAME_BYTES))
    except OffsetOutOfRangeError:
        return None
    return None if frame is None else f"{_BATCH}{frame.base}:{frame.checksum}"


class TopicWatch:
    """Repeats the check while records are read, outside the loop: a slow cluster must not hold it
    up.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._asking: asyncio.Task[Verdict] | None = None
        self._epoch = -1

    def answer(self, epoch: int) -> Verdict | None:
        """The result since the last call, if it belongs to this epoch."""
        asked = self._asking
        if asked is None or not asked.done():
            return None
        self._asking = None
        if asked.cancelled() or isinstance(asked.exception(), KafkaError | OSError | TimeoutError):
            return None  # the reading loop notices a cluster that is down
        return asked.result() if epoch == self._epoch else None

    def ask(self, client: AIOKafkaClient, stored: Places, epoch: int) -> None:
        if self._asking is None:
            self._epoch = epoch
            self._asking = asyncio.create_task(
                within(_ASK_SECONDS, examine(client, self._prefix, dict(stored)))
            )

    async def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError, KafkaError, OSError, TimeoutError):
                await self._asking
            self._asking = None


def made_anew(place: Stored) -> str:
    """The reason reported for a recreated topic."""
    return (
        "the topic was deleted and created again: "
        f"{place.next} was the next record to read in the old one, "
        "the new one is read from its beginning. Unread records of the old one are gone: "
        "find out who recreated it, and have them sent again"
    )


def accepted(stored: Places, news: Mapping[TopicPartition, str]) -> dict[TopicPartition, Stored]:
    return {
        partition: Stored(place.next, place.highest, news.get(partition, place.identity))
        for partition, place in stored.items()
    }
