"""Queries the cluster from outside any consumer group: is it up, which partitions exist, where do
they begin and end.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Literal

from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from shared.kafka.clients import KafkaUnavailable, bare_name, connection, stop_consumer, topic_name
from shared.kafka.diagnosis import diagnose
from shared.kafka.topic_identity import Verdict, examine
from shared.loop.offsets import Stored
from shared.messages import TOPICS
from shared.runtime.settings import Settings

_REQUEST_MS = 2_000

Place = Literal["begin", "end"] | datetime


class KafkaProbe:
    """Connects on first use, and again after a fault."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: AIOKafkaClient | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._lock = asyncio.Lock()

    async def fault(self, seconds: float = 1.4) -> str | None:
        """None, or one line that says why Kafka cannot be used."""
        try:
            async with asyncio.timeout(seconds):
                existing = await self._partitions(TOPICS)
        except TimeoutError:
            reason = "does not answer"
        except (KafkaError, OSError) as error:
            diagnosis = await diagnose(self._settings, seconds)
            reason = (
                f"cannot be reached ({type(error).__name__})"
                if diagnosis is None
                else diagnosis.reason
            )
        else:
            missing = [
                topic_name(self._settings, topic)
                for topic in TOPICS
                if not any(partition.topic == topic for partition in existing)
            ]
            return f"topics missing: {', '.join(missing)}" if missing else None
        await self.close()
        return reason

    async def offsets(
        self, topics: Iterable[str], place: Place, *, seconds: float = 10.0
    ) -> dict[TopicPartition, int]:
        """The begin or end offset of each partition (by bare topic name), or its first offset not
        older than a time (its end if there is none).

        Raises KafkaUnavailable.
        """
        try:
            async with asyncio.timeout(seconds):
                partitions = await self._partitions(topics)
                full = [
                    TopicPartition(topic_name(self._settings, partition.topic), partition.partition)
                    for partition in partitions
                ]
                found = await self._find(full, place) if full else {}
        except (TimeoutError, KafkaError, OSError) as error:
            await self.close()
            raise KafkaUnavailable(
                f"Kafka does not return its offsets: {type(error).__name__}"
            ) from error
        return {
            TopicPartition(bare_name(self._settings, partition.topic), partition.partition): offset
            for partition, offset in found.items()
        }

    async def examine(
        self, stored: Mapping[TopicPartition, Stored], *, seconds: float = 10.0
    ) -> Verdict:
        """Checks whether the topics are still those that the stored offsets refer to. Raises
        KafkaUnavailable.
        """
        try:
            async with asyncio.timeout(seconds):
                client = await self._started_client()
                await client.set_topics(
                    [topic_name(self._settings, partition.topic) for partition in stored]
                )
                return await examine(client, self._settings.topic_prefix, stored)
        except (TimeoutError, KafkaError, OSError) as error:
            await self.close()
            raise KafkaUnavailable(
                f"Kafka does not return its topic ids: {type(error).__name__}"
            ) from error

    async def partitions(self, topic: str, *, seconds: float = 5.0) -> int:
        """A topic's current number of partitions. Raises KafkaUnavailable, also if the topic does
        not exist.
        """
        try:
            async with asyncio.timeout(seconds):
                found = len(await self._partitions([topic]))
        except (TimeoutError, KafkaError, OSError) as error:
            await self.close()
            raise KafkaUnavailable(
                f"Kafka does not return its partitions: {type(error).__name__}"
            ) from error
        if not found:
            raise KafkaUnavailable(f"there is no topic {topic}")
        return found

    async def _find(
        self, partitions: list[TopicPartition], place: Place
    ) -> dict[TopicPartition, int]:
        consumer = await self._started_consumer()
        if place == "begin":
            return dict(await consumer.beginning_offsets(partitions))
        ends = dict(await consumer.end_offsets(partitions))
        if isinstance(place, datetime):
            stamps = await consumer.offsets_for_times(
                dict.fromkeys(partitions, int(place.timestamp() * 1000))
            )
            return {
                partition: stamps[partition].offset if stamps.get(partition) else ends[partition]
                for partition in partitions
            }
        return ends

    async def _partitions(self, topics: Iterable[str]) -> list[TopicPartition]:
        metadata = await (await self._started_client()).fetch_all_metadata()
        found = []
        for topic in topics:
            numbers = metadata.partitions_for_topic(topic_name(self._settings, topic)) or ()
            found += [TopicPartition(topic, number) for number in sorted(numbers)]
        return found

    async def _started_client(self) -> AIOKafkaClient:
        async with self._lock:
            if self._client is None:
                client = AIOKafkaClient(
                    **connection(self._settings),
                    client_id="plimsoll-probe",
                    request_timeout_ms=_REQUEST_MS,
                )
                try:
                    await client.bootstrap()
                except BaseException:
                    await client.close()
                    raise
                self._client = client
            return self._client

    async def _started_consumer(self) -> AIOKafkaConsumer:
        async with self._lock:
            if self._consumer is None:
                consumer = AIOKafkaConsumer(
                    **connection(self._settings),
                    client_id="plimsoll-probe",
                    group_id=None,
                    enable_auto_commit=False,
                    isolation_level="read_committed",
                    request_timeout_ms=_REQUEST_MS,
                )
                try:
                    await consumer.start()
                except BaseException:
                    await stop_consumer(consumer)
                    raise
                self._consumer = consumer
            return self._consumer

    async def close(self) -> None:
        client, self._client = self._client, None
        consumer, self._consumer = self._consumer, None
        with suppress(KafkaError, OSError):
            if client is not None:
                await client.close()
            if consumer is not None:
                await stop_consumer(consumer)
