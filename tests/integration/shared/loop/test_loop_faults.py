"""The loop while its environment fails: lost replies, servers down, partitions that cannot be read
further.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.structs import TopicPartition
from sqlalchemy import make_url
from structlog.testing import capture_logs

from shared.embedded.kafka import EmbeddedKafka
from shared.kafka.clients import KafkaUnavailable, Outgoing, Producer, ensure_topics
from shared.kafka.probe import KafkaProbe
from shared.loop import consumer
from shared.loop.rewind import rewind
from shared.messages import USAGE_EVENTS
from shared.runtime.settings import Settings
from tests.support import segments
from tests.support.loops import Counting, counted, engine_of, prepare, produce, rows, running, until
from tests.support.proxy import Cut, FaultyProxy, is_commit


@pytest.fixture(autouse=True)
async def _prepared(settings: Settings) -> None:
    await prepare(settings)


@pytest.fixture
async def proxy(settings: Settings) -> AsyncIterator[FaultyProxy]:
    """A proxy in front of PostgreSQL."""
    assert settings.database_url is not None
    url = make_url(settings.database_url)
    assert url.host is not None
    assert url.port is not None
    async with FaultyProxy(url.host, url.port) as proxy:
        yield proxy


@pytest.fixture
def through_proxy(settings: Settings, proxy: FaultyProxy) -> Settings:
    assert settings.database_url is not None
    url = make_url(settings.database_url).set(host="127.0.0.1", port=proxy.port)
    return replace(settings, database_url=url.render_as_string(hide_password=False))


async def _total(settings: Settings) -> int:
    return sum((await counted(settings)).values())


async def _is(settings: Settings, expected: int) -> bool:
    return await _total(settings) >= expected


async def test_a_commit_whose_reply_is_lost_counts_once(
    settings: Settings, through_proxy: Settings, proxy: FaultyProxy
) -> None:
    """Every commit is ambiguous for a while: the stored offset tells its outcome."""
    proxy.cuts += [Cut("after", is_commit)] * 8
    async with running(through_proxy, Counting()):
        for _ in range(12):
            await produce(settings, [("k", b"x")] * 40)
            await asyncio.sleep(0.05)
        await until(lambda: _is(settings, 480), 60)
        await asyncio.sleep(0.5)
    assert proxy.made >= 3
    assert await counted(settings) == {"k": 480}


async def test_postgresql_goes_down_and_recovers(
    settings: Settings, through_proxy: Settings, proxy: FaultyProxy
) -> None:
    async with running(through_proxy, Counting()) as loop:
        await produce(settings, [("k", b"x")] * 10)
        await until(lambda: _is(settings, 10))
        proxy.cut()
        await produce(settings, [("k", b"x")] * 90)
        await until(lambda: (loop.loop.fault() or "").startswith("postgres"))
        await asyncio.sleep(2)
        proxy.heal()
        await until(lambda: _is(settings, 100))
        await until(lambda: loop.loop.fault() is None, 3)
    assert await counted(settings) == {"k": 100}


async def test_postgresql_that_swallows_everything_is_noticed_within_seconds(
    settings: Settings, through_proxy: Settings, proxy: FaultyProxy
) -> None:
    async with running(through_proxy, Counting()) as loop:
        await produce(settings, [("k", b"x")] * 10)
        await until(lambda: _is(settings, 10))
        proxy.hold()
        await produce(settings, [("k", b"x")] * 90)
        await until(lambda: (loop.loop.fault() or "").startswith("postgres"), 12)
        proxy.reset()
        proxy.heal()
        await until(lambda: _is(settings, 100))
    assert await counted(settings) == {"k": 100}


async def test_silence_counts_only_while_somebody_listens(
    settings: Settings,
    through_proxy: Settings,
    proxy: FaultyProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is read from Kafka while PostgreSQL hangs: its client is not to blame, and keeps its
    partitions.
    """
    monkeypatch.setattr(consumer, "_SILENT_SECONDS", 1.0)
    async with running(through_proxy, Counting()):
        await produce(settings, [("k", b"x")] * 10)
        await until(lambda: _is(settings, 10))
        with capture_logs() as logs:
            proxy.hold()
            await produce(settings, [("k", b"x")] * 90)
            await asyncio.sleep(3)
            proxy.reset()
            proxy.heal()
            await until(lambda: _is(settings, 100))
    lost = [entry["part"] for entry in logs if entry["event"] == "dependency_lost"]
    assert lost == ["postgres"]


async def test_terminated_backends_cost_nothing(settings: Settings) -> None:
    done = asyncio.Event()

    async def terminate() -> None:
        while not done.is_set():
            await rows(
                settings,
                """select pg_terminate_backend(pid) from pg_stat_activity
                   where application_name like '%-loop' and datname = current_database()""",
            )
            await asyncio.sleep(0.15)

    terminating = asyncio.create_task(terminate())
    async with running(settings, Counting()):
        for _ in range(15):
            await produce(settings, [("k", b"x")] * 100)
            await asyncio.sleep(0.05)
        done.set()
        await terminating
        await until(lambda: _is(settings, 1500))
        await asyncio.sleep(0.3)
    assert await counted(settings) == {"k": 1500}


async def test_deleted_records_stop_the_partition_and_nothing_else(settings: Settings) -> None:
    """Retention deleted records that were never read: that is a loss, which is reported, never
    skipped.
    """
    name = settings.topic_prefix + USAGE_EVENTS
    await produce(settings, [("k", b"x")] * 5, partition=1)
    async with running(settings, Counting()):
        await until(lambda: _is(settings, 5))
    await produce(settings, [("k", b"x")] * 20, partition=1)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
    await admin.start()
    await admin.delete_records({TopicPartition(name, 1): RecordsToDelete(before_offset=15)})
    await admin.close()
    engine, probe = engine_of(settings), KafkaProbe(settings)
    async with running(settings, Counting()) as loop:
        await until(lambda: "usage.events 1: the topic begins at 15" in (loop.loop.fault() or ""))
        await produce(settings, [("other", b"x")] * 3, partition=0)
        await until(lambda: _is(settings, 8))
        assert await counted(settings) == {"k": 5, "other": 3}
        await rewind(engine, probe, "ingest", None)  # the operator decides
        await until(lambda: _is(settings, 18))
        await until(lambda: loop.loop.fault() is None)
    await probe.close()
    await engine.dispose()
    assert await counted(settings) == {"k": 15, "other": 3}


async def test_a_recreated_topic_is_refused_until_an_operator_decides(settings: Settings) -> None:
    name = settings.topic_prefix + USAGE_EVENTS
    await produce(settings, [("k", b"x")] * 50, partition=0)
    async with running(settings, Counting()):
        await until(lambda: _is(settings, 50))
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
    await admin.start()
    await admin.delete_topics([name])
    await asyncio.sleep(1)
    await admin.create_topics([NewTopic(name, 4, 1)])
    await admin.close()
    await produce(settings, [("k", b"x")] * 7, partition=0)
    engine, probe = engine_of(settings), KafkaProbe(settings)
    async with running(settings, Counting()) as loop:
        await until(
            lambda: (
                "the topic ends at 7, but 50 is the next record to read"
                in (loop.loop.fault() or "")
            )
        )
        await rewind(engine, probe, "ingest", None)
        await until(lambda: _is(settings, 57))
    await probe.close()
    await engine.dispose()


async def test_new_partitions_are_read_from_their_beginning(settings: Settings) -> None:
    name = settings.topic_prefix + USAGE_EVENTS
    async with running(settings, Counting()):
        await produce(settings, [("k", b"x")] * 4, partition=0)
        await until(lambda: _is(settings, 4))
        admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
        await admin.start()
        await admin.create_partitions({name: NewPartitions(6)})
        await admin.close()
        await asyncio.sleep(0.5)
        await produce(settings, [("k", b"x")] * 3, partition=5)
        await until(lambda: _is(settings, 7))


async def test_transaction_markers_and_aborted_records_are_invisible(settings: Settings) -> None:
    """The stored offset passes transaction markers, or lag and test clock would wait forever."""
    name = settings.topic_prefix + USAGE_EVENTS
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap_servers, transactional_id=settings.topic_prefix
    )
    await producer.start()
    for value in (b"x", b"aborted", b"x"):
        await producer.begin_transaction()
        await producer.send_and_wait(name, value, key=b"k", partition=3)
        await (
            producer.abort_transaction() if value == b"aborted" else producer.commit_transaction()
        )
    await producer.stop()
    async with running(settings, Counting()):
        await until(lambda: _is(settings, 2))
        await until(lambda: _stands_at(settings, 3, 6))
    assert await counted(settings) == {"k": 2}


async def _stands_at(settings: Settings, partition: int, offset: int) -> bool:
    return await rows(
        settings, "select next_offset from consumer_offset where partition = :p", p=partition
    ) == [(offset,)]


@pytest.mark.parametrize("reason", ["crc", "codec"])
async def test_a_batch_that_cannot_be_read_is_stepped_over(
    settings: Settings, own_kafka: EmbeddedKafka, reason: str
) -> None:
    """One rejected row; the records before and after it count, and so do other partitions."""
    settings = replace(
        settings,
        kafka_bootstrap_servers=own_kafka.address,
        topic_prefix=f"{settings.topic_prefix}{reason}.",
    )
    await ensure_topics(settings)
    for value in (b"before", b"spoilt", b"behind"):
        await produce(settings, [(value.decode(), value)] * 10, partition=2)
    await produce(settings, [("other", b"x")] * 10, partition=0)
    log = own_kafka.home / "data" / f"{settings.topic_prefix}{USAGE_EVENTS}-2"
    segments.spoil(_segment(log), b"spoilt", reason)
    async with running(settings, Counting()):
        await until(lambda: _is(settings, 30))
        await produce(settings, [("later", b"x")] * 5, partition=2)
        await until(lambda: _is(settings, 35))
    assert await counted(settings) == {"before": 10, "behind": 10, "other": 10, "later": 5}
    kept = await rows(
        settings, 'select topic, partition, "offset", reason, payload from event_rejected'
    )
    assert kept == [(USAGE_EVENTS, 2, 10, reason, None)]


def _segment(directory: Path) -> Path:
    (found,) = directory.glob("*.log")
    return found


async def test_kafka_goes_down_and_recovers(settings: Settings, own_kafka: EmbeddedKafka) -> None:
    settings = replace(
        settings,
        kafka_bootstrap_servers=own_kafka.address,
        topic_prefix=f"{settings.topic_prefix}away.",
    )
    await ensure_topics(settings)
    probe = KafkaProbe(settings)
    async with running(settings, Counting()):
        await produce(settings, [("k", b"x")] * 10)
        await until(lambda: _is(settings, 10))
        await asyncio.to_thread(own_kafka.stop)
        assert await probe.fault() is not None
        await asyncio.sleep(3)
        await asyncio.to_thread(own_kafka.start)
        await produce(settings, [("k", b"x")] * 10)
        await until(lambda: _is(settings, 20))
        assert await probe.fault() is None
    await probe.close()
    assert await counted(settings) == {"k": 20}


async def test_a_broker_that_freezes_costs_nothing_but_time(
    settings: Settings, own_kafka: EmbeddedKafka
) -> None:
    """It keeps its connections open and does not respond: only timeouts notice (SIGSTOP)."""
    settings = replace(
        settings,
        kafka_bootstrap_servers=own_kafka.address,
        topic_prefix=f"{settings.topic_prefix}frozen.",
    )
    await ensure_topics(settings)
    producer, probe = Producer(settings, name="test"), KafkaProbe(settings)
    async with running(settings, Counting(), relay=True):
        await producer.send([Outgoing(USAGE_EVENTS, b"k", b"send")] * 10)
        await until(lambda: _is(settings, 10))
        own_kafka.pause()
        try:
            assert await probe.fault() is not None
            for seconds in (5.0, 1.5):  # the second caller is not kept waiting as long as the first
                started = asyncio.get_running_loop().time()
                with pytest.raises(KafkaUnavailable):
                    await producer.send([Outgoing(USAGE_EVENTS, b"refused", b"x")])
                assert asyncio.get_running_loop().time() - started < seconds
            await asyncio.sleep(8)
        finally:
            own_kafka.resume()
        await until(lambda: _sent(producer))
        await until(lambda: _counts(settings, "after", 1))
        await until(lambda: _empty_outbox(settings), 10)
    await producer.stop()
    await probe.close()
    found = await counted(settings)
    assert found["k"] == 10
    assert found.get("refused", 0) <= 2  # its sender was told that it may arrive anyway


async def _sent(producer: Producer) -> bool:
    try:
        await producer.send([Outgoing(USAGE_EVENTS, b"after", b"x")])
    except KafkaUnavailable:
        return False
    return True


async def _counts(settings: Settings, key: str, number: int) -> bool:
    return (await counted(settings)).get(key, 0) >= number


async def _empty_outbox(settings: Settings) -> bool:
    return await rows(settings, "select count(*) from outbox") == [(0,)]
