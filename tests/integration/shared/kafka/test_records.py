"""What is read from Kafka is what was sent."""

import asyncio
import time

from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition

from shared.kafka.clients import ensure_topics, make_consumer, topic_name
from shared.kafka.records import Record
from shared.messages import USAGE_EVENTS
from shared.runtime.settings import Settings


async def test_records_have_what_was_sent_and_nothing_of_aiokafka(settings: Settings) -> None:
    await ensure_topics(settings)
    place = TopicPartition(topic_name(settings, USAGE_EVENTS), 1)
    before = int(time.time() * 1000)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap_servers) as producer:
        sent = [
            (b"acme", b"{}", [("a", b"1"), ("empty", b"")]),
            (None, b"no key", []),
            (b"gone", None, []),
        ]
        for key, value, headers in sent:
            await producer.send_and_wait(
                place.topic, value, key=key, partition=place.partition, headers=headers
            )
    found = await _read(settings, place, len(sent))
    assert {type(record) for record in found} == {Record}
    assert [(one.key, one.value, [*one.headers]) for one in found] == sent
    assert [one.offset for one in found] == [0, 1, 2]
    assert {(one.topic, one.partition) for one in found} == {place}
    assert all(before <= one.timestamp <= time.time() * 1000 for one in found)


async def test_aborted_transactions_are_not_read(settings: Settings) -> None:
    await ensure_topics(settings)
    place = TopicPartition(topic_name(settings, USAGE_EVENTS), 0)
    async with AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        transactional_id=settings.topic_prefix + "aborts",
    ) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(place.topic, b"aborted", partition=place.partition)
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send_and_wait(place.topic, b"committed", partition=place.partition)
    assert [one.value for one in await _read(settings, place, 1)] == [b"committed"]


async def _read(settings: Settings, place: TopicPartition, number: int) -> list[Record]:
    consumer = make_consumer(settings, "test", isolation_level="read_committed")
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        found: list[Record] = []
        async with asyncio.timeout(20):
            while len(found) < number:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += records
        return found
    finally:
        await consumer.stop()
