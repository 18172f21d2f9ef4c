"""The outbox's relay: in order, at least once, one publisher at a time, taken over when it dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import ConsumerRecord, TopicPartition

from shared.kafka.clients import Outgoing, Producer
from shared.loop.outbox import Outbox, Relay
from shared.messages import USAGE_TOTALS
from shared.postgres.database import transaction
from shared.postgres.wake import Wake
from shared.runtime.settings import Settings
from tests.support.loops import Counting, engine_of, prepare, produce, rows, running, until


@pytest.fixture(autouse=True)
async def _prepared(settings: Settings) -> None:
    await prepare(settings)


@dataclass
class Process:
    outbox: Outbox
    relay: Relay
    task: asyncio.Task[None]
    stop: asyncio.Event


@asynccontextmanager
async def relay_process(settings: Settings) -> AsyncIterator[Process]:
    assert settings.database_url is not None
    stop, wake = asyncio.Event(), Wake(settings.database_url, name="test")
    outbox = Outbox("ingest", wake)
    producer = Producer(settings, name="test-relay", keeps_pending=False)
    relay = Relay(outbox, settings.database_url, producer)
    listening, task = asyncio.create_task(wake.run(stop)), asyncio.create_task(relay.run(stop))
    try:
        yield Process(outbox, relay, task, stop)
    finally:
        stop.set()
        await asyncio.gather(listening, task)
        await producer.stop()


@asynccontextmanager
async def reader(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers, enable_auto_commit=False
    )
    await consumer.start()
    consumer.assign(
        [TopicPartition(settings.topic_prefix + USAGE_TOTALS, number) for number in range(4)]
    )
    await consumer.seek_to_beginning()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def read(
    consumer: AIOKafkaConsumer, count: int, seconds: float = 20.0
) -> list[ConsumerRecord]:
    records: list[ConsumerRecord] = []
    async with asyncio.timeout(seconds):
        while len(records) < count:
            for fetched in (await consumer.getmany(timeout_ms=200)).values():
                records += fetched
    return records


async def write(settings: Settings, outbox: Outbox, messages: list[Outgoing]) -> None:
    engine = engine_of(settings)
    async with transaction(engine) as conn:
        await outbox.write(conn, messages)
    outbox.wake()
    await engine.dispose()


def message(key: str, number: int) -> Outgoing:
    return Outgoing(
        USAGE_TOTALS, key.encode(), b"%d" % number, (("ce_id", b"%d" % number), ("empty", None))
    )


async def _empty(settings: Settings) -> bool:
    return await rows(settings, "select count(*) from outbox") == [(0,)]


async def test_messages_arrive_in_order_per_key_with_their_headers_where_java_would_put_them(
    settings: Settings,
) -> None:
    keys = [f"acct-{number}" for number in range(5)]
    async with relay_process(settings) as process, reader(settings) as consumer:
        for start in range(0, 5000, 1000):
            await write(
                settings,
                process.outbox,
                [message(keys[n % 5], n) for n in range(start, start + 1000)],
            )
        records = await read(consumer, 5000)
        await until(lambda: _empty(settings))
    assert len(records) == 5000
    for key in keys:
        of_key = [record for record in records if record.key == key.encode()]
        assert [int(record.value) for record in of_key] == sorted(
            int(record.value) for record in of_key
        )
        assert {record.partition for record in of_key} == {
            DefaultPartitioner()(key.encode(), [0, 1, 2, 3], [0, 1, 2, 3])
        }
    assert records[0].headers == (("ce_id", records[0].value), ("empty", None))


def test_keys_hash_as_in_kafkas_own_java_client() -> None:
    """Values of Utils.murmur2 from Apache Kafka's own UtilsTest."""
    from aiokafka.partitioner import murmur2

    signed = {
        b"21": -973932308,
        b"foobar": -790332482,
        b"a-little-bit-long-string": -985981536,
        b"abc": 479470107,
    }
    assert {key: murmur2(key) - (2**32 if murmur2(key) >= 2**31 else 0) for key in signed} == signed


async def test_a_handlers_messages_go_out_when_its_turn_has_committed(settings: Settings) -> None:
    async with running(settings, Counting(), relay=True), reader(settings) as consumer:
        await produce(settings, [("acct-1", b"send %d" % number) for number in range(50)])
        records = await read(consumer, 50)
    assert [record.value for record in records] == [b"send %d" % number for number in range(50)]


async def test_of_two_relays_one_publishes_and_the_other_takes_over(settings: Settings) -> None:
    async with (
        relay_process(settings) as first,
        relay_process(settings) as second,
        reader(settings) as consumer,
    ):
        await until(lambda: first.outbox.publishing or second.outbox.publishing)
        active, standby = (first, second) if first.outbox.publishing else (second, first)
        assert not standby.outbox.publishing
        # The standby's process writes: NOTIFY wakes the other process.
        await write(settings, standby.outbox, [message("k", number) for number in range(100)])
        await read(consumer, 100)
        active.stop.set()
        await active.task
        started = asyncio.get_running_loop().time()
        await write(settings, standby.outbox, [message("k", number) for number in range(100, 200)])
        records = await read(consumer, 100)
        assert asyncio.get_running_loop().time() - started < 10
    assert [int(record.value) for record in records] == list(range(100, 200))


async def test_a_relay_whose_connection_dies_loses_nothing_and_keeps_the_order(
    settings: Settings,
) -> None:
    terminate = (
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name like '%-relay' and datname = current_database()"
    )
    async with (
        relay_process(settings) as one,
        relay_process(settings) as other,
        reader(settings) as consumer,
    ):
        await until(lambda: one.outbox.publishing or other.outbox.publishing)
        for start in range(0, 3000, 300):
            await write(
                settings, one.outbox, [message("k", number) for number in range(start, start + 300)]
            )
            await rows(settings, terminate)
        await until(lambda: _empty(settings))
        records = await read(consumer, 3000)
    first_seen = list(dict.fromkeys(int(record.value) for record in records))
    assert first_seen == list(range(3000))


async def test_a_message_larger_than_any_broker_takes_holds_up_nobody(settings: Settings) -> None:
    async with relay_process(settings) as process, reader(settings) as consumer:
        await write(
            settings,
            process.outbox,
            [message("k", 1), Outgoing(USAGE_TOTALS, b"k", b"x" * 1_200_000), message("k", 2)],
        )
        await until(lambda: _empty(settings))
        # The first was in flight when the second was refused: at least once.
        records = await read(consumer, 3)
    assert {record.value for record in records} == {b"1", b"2"}
    assert await rows(
        settings,
        "select topic, partition, reason, length(payload_base64) > 80000 from event_rejected",
    ) == [(USAGE_TOTALS, -1, "size: larger than the broker accepts", True)]
