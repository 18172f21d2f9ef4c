"""The ceiling: how many records a second a Kafka client alone reads, with the settings of ingest:
aiokafka, which ingest has, or confluent-kafka (librdkafka), which it has not.

python -m tests.benchmarks.raw SERVERS TOPIC aiokafka|confluent
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import confluent_kafka
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from shared.kafka.clients import make_consumer
from shared.kafka.probe import KafkaProbe
from shared.loop.pace import MAX_RECORDS
from shared.runtime.settings import load_settings

Client = Literal["aiokafka", "confluent"]
_PARTITION_BYTES = 4_194_304


async def read(bootstrap: str, topic: str, client: Client) -> tuple[float, float]:
    """Returns records a second after the first batch, and CPU seconds of all threads per record."""
    settings = load_settings({"PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": bootstrap})
    probe = KafkaProbe(settings)
    partitions = [TopicPartition(topic, number) for number in range(await probe.partitions(topic))]
    await probe.close()
    consumer: AIOKafkaConsumer = make_consumer(
        settings, f"raw-{time.time_ns()}", isolation_level="read_committed"
    )
    await consumer.start()
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    left = sum((await consumer.end_offsets(partitions)).values())
    if client == "confluent":
        await consumer.stop()
        return await _timed(left, _confluent(bootstrap, partitions))

    async def some() -> int:
        found = await consumer.getmany(timeout_ms=1_000, max_records=MAX_RECORDS)
        return sum(map(len, found.values()))

    timed = await _timed(left, some)
    await consumer.stop()
    return timed


async def _timed(left: int, some: Callable[[], Awaitable[int]]) -> tuple[float, float]:
    counted, began, used = 0, 0.0, 0.0
    while left > 0:
        found = await some()
        left -= found
        if began:
            counted += found
        elif found:
            began, used = time.perf_counter(), time.process_time()
    return counted / (time.perf_counter() - began), (time.process_time() - used) / counted


def _confluent(bootstrap: str, partitions: list[TopicPartition]) -> Callable[[], Awaitable[int]]:
    settings: dict[str, Any] = {
        "bootstrap.servers": bootstrap,
        "group.id": f"raw-{time.time_ns()}",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "check.crcs": True,
        "fetch.wait.max.ms": 100,
        "max.partition.fetch.bytes": _PARTITION_BYTES,
    }
    consumer = confluent_kafka.Consumer(settings)
    consumer.assign(
        [confluent_kafka.TopicPartition(one.topic, one.partition, 0) for one in partitions]
    )

    async def some() -> int:
        return len(await asyncio.to_thread(consumer.consume, MAX_RECORDS, 0.1))

    return some


if __name__ == "__main__":
    servers, topic, client = sys.argv[1:4]
    print(json.dumps(uvloop.run(read(servers, topic, client))))  # type: ignore[arg-type]
