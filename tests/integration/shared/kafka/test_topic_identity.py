"""A topic that was deleted and created again is another one, even if every stored offset is within
it: none of its records is skipped.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.conn import AIOKafkaConnection
from aiokafka.structs import TopicPartition
from sqlalchemy import text
from structlog.testing import capture_logs

from shared.kafka.probe import KafkaProbe
from shared.loop.rewind import rewind
from shared.messages import ACCOUNT_EVENTS, MESSAGES, USAGE_EVENTS, USAGE_TOTALS
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from shared.telemetry.metrics import REGISTRY
from tests.support.loops import Counting, counted, engine_of, prepare, produce, rows, running, until
from tests.support.topics import make_again

SAYS = "the topic was deleted and created again"
METADATA = 3


@pytest.fixture(autouse=True)
async def _prepared(settings: Settings) -> None:
    await prepare(settings)


@pytest.fixture(params=["told", "untold"])
def ids(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether the broker reports topic ids; before Kafka 2.8 none did, and the client negotiates an
    older version.
    """
    if request.param == "untold":
        _untold(monkeypatch)
    return str(request.param)


@pytest.fixture
async def probe(settings: Settings) -> AsyncIterator[KafkaProbe]:
    made = KafkaProbe(settings)
    yield made
    await made.close()


async def _decided(settings: Settings, probe: KafkaProbe, service: str) -> None:
    engine = engine_of(settings)
    await rewind(engine, probe, service, None)
    await engine.dispose()


async def _make_again(settings: Settings, topic: str, partitions: int = 4) -> None:
    assert settings.kafka_bootstrap_servers is not None
    await make_again(settings.kafka_bootstrap_servers, settings.topic_prefix + topic, partitions)


async def _has(settings: Settings, expected: dict[str, int]) -> bool:
    return await counted(settings) == expected


@pytest.mark.parametrize(
    ("ids", "service", "topic", "partitions"),
    [
        ("told", "ingest", USAGE_EVENTS, 4),
        ("told", "ingest", USAGE_EVENTS, 6),
        ("told", "ingest", USAGE_EVENTS, 2),
        ("told", "trigger", ACCOUNT_EVENTS, 4),
        ("told", "trigger", USAGE_TOTALS, 4),
        ("told", "notifier", MESSAGES, 4),
        ("untold", "ingest", USAGE_EVENTS, 6),
        ("untold", "notifier", MESSAGES, 2),
    ],
    indirect=["ids"],
)
async def test_one_that_holds_more_than_was_read_is_read_from_its_beginning_and_said(
    settings: Settings, ids: str, service: str, topic: str, partitions: int
) -> None:
    topics = (USAGE_TOTALS, ACCOUNT_EVENTS) if service == "trigger" else (topic,)
    await produce(settings, [("before", b"x")] * 5, topic, partition=1)
    async with running(settings, Counting(service, topics)):
        await until(lambda: _has(settings, {"before": 5}))
        await until(lambda: _identified(settings, topic))
    await _make_again(settings, topic, partitions)
    await produce(settings, [("anew", b"x")] * 25, topic, partition=1)
    handler, before = Counting(service, topics), _made_anew(service)
    with capture_logs() as logs:
        async with running(settings, handler) as loop:
            await until(lambda: _has(settings, {"before": 5, "anew": 25}))
            assert loop.loop.fault() is None
    assert handler.replayed == 0
    (said,) = [entry for entry in logs if entry["event"] == "topic_made_anew"]
    assert (said["service"], said["topic"], said["partition"]) == (service, topic, 1)
    assert f"{SAYS}: 5 was the next record to read" in said["reason"]
    assert _made_anew(service) == before + 1
    async with running(settings, again := Counting(service, topics)):  # and only once
        await produce(settings, [("later", b"x")], topic, partition=1)
        await until(lambda: again.committed == 1)
    assert _made_anew(service) == before + 1


def _made_anew(service: str) -> float:
    return REGISTRY.get_sample_value("plimsoll_topics_made_anew_total", {"service": service}) or 0.0


@pytest.mark.parametrize("number", [1, 2])
async def test_what_was_kept_of_the_topic_before_takes_no_place_of_the_new_one(
    settings: Settings, probe: KafkaProbe, number: int
) -> None:
    """Rejected records are kept once per place, and a place belongs to a topic, not to a name."""
    await produce(settings, [("k", b"bad")] * 2, partition=1)
    async with running(settings, Counting()):
        await until(lambda: _rejected(settings, 2))
        await until(lambda: _identified(settings, USAGE_EVENTS))
    await _make_again(settings, USAGE_EVENTS)
    await produce(settings, [("k", b"bad")] * number, partition=1)
    async with running(settings, Counting()) as loop:
        if number == 1:  # fewer records than were read: someone has to decide
            await until(lambda: "the topic ends at 1" in (loop.loop.fault() or ""))
            await _decided(settings, probe, "ingest")
        await until(lambda: _rejected(settings, 2 + number))


async def _rejected(settings: Settings, number: int) -> bool:
    return await rows(settings, "select count(*) from event_rejected") == [(number,)]


@pytest.mark.parametrize(
    ("ids", "partitions"), [("told", 4), ("told", 2), ("untold", 6)], indirect=["ids"]
)
async def test_one_with_fewer_records_stops_until_an_operator_decides(
    settings: Settings, ids: str, probe: KafkaProbe, partitions: int
) -> None:
    await produce(settings, [("before", b"x")] * 25, partition=1)
    async with running(settings, Counting()):
        await until(lambda: _has(settings, {"before": 25}))
        await until(lambda: _identified(settings, USAGE_EVENTS))
    await _make_again(settings, USAGE_EVENTS, partitions)
    await produce(settings, [("anew", b"x")] * 7, partition=1)
    handler = Counting()
    async with running(settings, handler) as loop:
        await until(
            lambda: (
                "usage.events 1: the topic ends at 7, but 25 is the next record to read"
                in (loop.loop.fault() or "")
            )
        )
        await _decided(settings, probe, "ingest")
        await until(lambda: _has(settings, {"before": 25, "anew": 7}))
        await until(lambda: loop.loop.fault() is None)
    assert handler.replayed == 0
    kept = await rows(settings, "select partition from consumer_offset order by 1")
    assert kept == [(number,) for number in range(partitions)]


async def _identified(settings: Settings, topic: str) -> bool:
    found = await rows(
        settings,
        "select identity from consumer_offset where topic = :topic and partition = 1",
        topic=topic,
    )
    return found[0][0] is not None


async def test_it_is_noticed_while_the_service_runs(settings: Settings, ids: str) -> None:
    """Nothing is lost even before it is noticed: what was read too far ahead is read again, and
    deduplicated by id elsewhere.
    """
    before = _made_anew("ingest")
    async with running(settings, Counting()) as loop:
        await produce(settings, [("before", b"x")] * 5, partition=1)
        await until(lambda: _has(settings, {"before": 5}))
        await until(lambda: _identified(settings, USAGE_EVENTS))
        await _make_again(settings, USAGE_EVENTS)
        await produce(settings, [("anew", b"x")] * 25, partition=1)
        await until(lambda: _made_anew("ingest") == before + 1)
        await until(lambda: _has_at_least(settings, "anew", 25))
        assert loop.loop.fault() is None


async def _has_at_least(settings: Settings, key: str, number: int) -> bool:
    return (await counted(settings)).get(key, 0) >= number


async def test_a_service_that_had_not_read_anything_yet_just_reads(
    settings: Settings, ids: str
) -> None:
    async with running(settings, Counting()):
        await until(lambda: _rows_are(settings, 4))
    await _make_again(settings, USAGE_EVENTS)
    await produce(settings, [("anew", b"x")] * 9, partition=1)
    async with running(settings, Counting()) as loop:
        await until(lambda: _has(settings, {"anew": 9}))
        assert loop.loop.fault() is None


async def _rows_are(settings: Settings, number: int) -> bool:
    return len(await rows(settings, "select partition from consumer_offset")) == number


async def test_offsets_from_before_identities_were_stored_are_adopted(
    settings: Settings, ids: str
) -> None:
    await produce(settings, [("k", b"x")] * 5, partition=1)
    async with running(settings, Counting()):
        await until(lambda: _has(settings, {"k": 5}))
    engine = engine_of(settings)
    async with transaction(engine) as conn:
        await conn.execute(text("update consumer_offset set identity = null"))
    await engine.dispose()
    await produce(settings, [("k", b"x")] * 3, partition=1)
    async with running(settings, Counting()) as loop:
        await until(lambda: _has(settings, {"k": 8}))
        await until(lambda: _identified(settings, USAGE_EVENTS))
        assert loop.loop.fault() is None


async def test_neither_retention_nor_a_broker_without_ids_makes_it_another_topic(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retention deletes the remembered batch; a broker that reports an id again replaces it, and
    one that does not proves nothing.
    """
    name = settings.topic_prefix + USAGE_EVENTS
    with monkeypatch.context() as older:
        _untold(older)
        for number in (1, 2):
            await produce(settings, [("k", b"x")] * 5, partition=1)
            async with running(settings, Counting()) as loop:
                await until(lambda number=number: _has(settings, {"k": 5 * number}))  # type: ignore[misc]
                await until(lambda: _identified(settings, USAGE_EVENTS))
                assert loop.loop.fault() is None
            admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
            await admin.start()
            await admin.delete_records(
                {TopicPartition(name, 1): RecordsToDelete(before_offset=5 * number)}
            )
            await admin.close()
    for told in (True, False):
        with monkeypatch.context() as broker:
            if not told:
                _untold(broker)
            async with running(settings, Counting()) as loop:
                await until(lambda: _told(settings))
                await until(lambda: loop.loop.fault() is None)
                await produce(settings, [("later", b"x")], partition=1)
                await until(lambda told=told: _has(settings, {"k": 10, "later": 1 if told else 2}))  # type: ignore[misc]


def _untold(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = AIOKafkaConnection._do_version_lookup

    async def older(self: Any) -> None:
        await ask(self)
        self._versions[METADATA] = (0, 9)

    monkeypatch.setattr(AIOKafkaConnection, "_do_version_lookup", older)


async def _told(settings: Settings) -> bool:
    return all(
        str(identity).startswith("id:")
        for (identity,) in await rows(settings, "select identity from consumer_offset")
    )
