"""The ceiling: how many records a second aiokafka alone reads, with the settings of ingest."""

import json
import sys
import time

import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from shared.kafka.clients import make_consumer
from shared.kafka.probe import KafkaProbe
from shared.loop.pace import MAX_RECORDS
from shared.runtime.settings import load_settings


async def read(bootstrap: str, topic: str) -> tuple[float, float]:
    """Returns records a second after the first batch, and CPU seconds per record."""
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
    counted, began, used = 0, 0.0, 0.0
    while left > 0:
        found = sum(
            map(len, (await consumer.getmany(timeout_ms=1_000, max_records=MAX_RECORDS)).values())
        )
        left -= found
        if began:
            counted += found
        elif found:
            began, used = time.perf_counter(), time.process_time()
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    await consumer.stop()
    return counted / seconds, cpu / counted


if __name__ == "__main__":
    print(json.dumps(uvloop.run(read(*sys.argv[1:3]))))
