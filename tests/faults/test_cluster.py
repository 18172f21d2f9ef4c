"""Three brokers: leaders move, brokers die and come back, too few replicas remain. Each record
counts once; refusals are reported.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from shared.kafka.clients import KafkaUnavailable, Outgoing, Producer
from shared.messages import USAGE_EVENTS, USAGE_TOTALS
from shared.runtime.settings import Settings
from tests.support.cluster import Cluster, three_brokers
from tests.support.loops import Counting, counted, prepare, produce, rows, running, until

pytestmark = pytest.mark.faults
SENT = 200
_SECONDS = 90.0
_PAUSE = 0.25
"""Between two looks into the database; each is a connection, which costs more than it tells."""


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    with three_brokers() as brokers:
        await brokers.start()
        yield brokers


@pytest.fixture
async def clustered(cluster: Cluster, settings: Settings) -> Settings:
    found = replace(settings, kafka_bootstrap_servers=cluster.addresses)
    await prepare(found)
    return found


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    await until(condition, _SECONDS, pause=_PAUSE)


async def _is(settings: Settings, expected: dict[str, int]) -> bool:
    return await counted(settings) == expected


async def test_each_broker_dies_in_turn_and_nothing_is_lost_or_counted_twice(
    cluster: Cluster, clustered: Settings
) -> None:
    """Every leader moves, including the group coordinator; records are sent and answers published
    while one of three is down. With two down new records are refused and accepted ones kept.
    """
    expected = {"before": SENT}
    await produce(clustered, [("before", b"send")] * SENT)
    async with running(clustered, Counting(), relay=True) as loop:
        await _until(lambda: _is(clustered, expected))
        for number, broker in enumerate(cluster.brokers):
            await cluster.start()
            await asyncio.to_thread(broker.kill)
            await produce(clustered, [(f"without-{number}", b"send")] * SENT)
            expected[f"without-{number}"] = SENT
            await _until(lambda: _is(clustered, expected))
        await asyncio.to_thread(cluster.brokers[0].kill)
        await _is_refused(clustered)
        await cluster.start()
        await produce(clustered, [("after", b"send")] * SENT)
        await _until(lambda: _counts(clustered, "after", SENT))
        await until(lambda: loop.loop.fault() is None, _SECONDS)
        await _until(lambda: _published(clustered))
    found = await counted(clustered)
    assert found.pop("refused", 0) <= 1  # its sender was told that it may arrive anyway
    assert found == expected | {"after": SENT}
    async with running(clustered, totals := Counting("trigger", (USAGE_TOTALS,))):
        # A relay that was interrupted publishes again.
        await until(lambda: totals.committed >= SENT * len(found), _SECONDS)


async def _is_refused(settings: Settings) -> None:
    producer = Producer(settings, name="test")
    try:
        with pytest.raises(KafkaUnavailable):
            await producer.send([Outgoing(USAGE_EVENTS, b"refused", b"x")])
    finally:
        await producer.stop()


async def _published(settings: Settings) -> bool:
    return await rows(settings, "select count(*) from outbox") == [(0,)]


async def _counts(settings: Settings, key: str, number: int) -> bool:
    return (await counted(settings)).get(key) == number
