"""`plimsoll rewind`: makes a service read its topics again, even while it runs. Nothing is counted
or sent twice.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from aiokafka.structs import TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kafka.clients import SERVICE_TOPICS
from shared.kafka.probe import KafkaProbe
from shared.loop import offsets
from shared.loop.offsets import Stored
from shared.postgres.database import transaction

_UNREAD = Stored(0, 0)


async def rewind(
    engine: AsyncEngine, probe: KafkaProbe, service: str, to: datetime | None
) -> dict[TopicPartition, int]:
    """Sets the stored offsets to the beginning (`to` None) or to the first record not older than
    `to`; returns them.

    A running loop notices within a second, by a failed compare-and-set or by polling. Raises
    KafkaUnavailable.
    """
    topics = SERVICE_TOPICS[service]
    ends = await probe.offsets(topics, "end")
    begins = await probe.offsets(topics, "begin")
    async with transaction(engine) as conn:
        stored = await offsets.read(conn, service, ends)
    verdict = await probe.examine({partition: stored.get(partition, _UNREAD) for partition in ends})
    targets = (
        begins
        if to is None
        else _backwards(await probe.offsets(topics, to), begins, stored, verdict.anew)
    )
    async with transaction(engine) as conn:
        await offsets.place(
            conn, service, targets, ends=ends, identities=verdict.current, anew=verdict.anew
        )
    return targets


def _backwards(
    targets: Mapping[TopicPartition, int],
    begins: Mapping[TopicPartition, int],
    stored: Mapping[TopicPartition, Stored],
    anew: Collection[TopicPartition],
) -> dict[TopicPartition, int]:
    """Never skips unread records; a recreated topic, and a partition that was never read, start at
    the beginning.
    """
    return {
        partition: begins[partition] if partition in anew else min(target, stored[partition].next)
        for partition, target in targets.items()
        if partition in stored
    }
