"""`plimsoll rewind`: has a service read its topics again, also while it runs. Nothing is counted or sent twice (engines.md D.3)."""

from collections.abc import Mapping
from datetime import datetime

from aiokafka.structs import TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import offsets
from shared.database import transaction
from shared.kafka import SERVICE_TOPICS
from shared.kafka_probe import KafkaProbe
from shared.offsets import Stored


async def rewind(engine: AsyncEngine, probe: KafkaProbe, service: str, to: datetime | None) -> dict[TopicPartition, int]:
    """Sets the stored offsets to the beginning (`to` None) or to the first record not older than `to`; gives them.

    A running loop notices within a second: its compare-and-set fails, or it looks. Raises KafkaUnavailable.
    """
    topics = SERVICE_TOPICS[service]
    ends = await probe.offsets(topics, "end")
    targets = await probe.offsets(topics, "begin" if to is None else to)
    async with transaction(engine) as conn:
        if to is not None:
            targets = _backwards(targets, await offsets.read(conn, service, targets))
        await offsets.place(conn, service, targets, ends=ends)
    return targets


def _backwards(targets: Mapping[TopicPartition, int], stored: Mapping[TopicPartition, Stored]) -> dict[TopicPartition, int]:
    """Never past what has not been read yet; a partition that was never read begins at its beginning anyhow."""
    return {partition: min(target, stored[partition].next) for partition, target in targets.items() if partition in stored}
