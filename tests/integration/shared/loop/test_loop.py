"""The loop on a real broker and a real database: every record takes effect once, whatever happens
in between.
"""

import asyncio
from collections import Counter
from functools import partial

import pytest
from aiokafka.structs import ConsumerRecord, TopicPartition

from shared.clock.clock import Clock
from shared.kafka.probe import KafkaProbe
from shared.loop import offsets
from shared.loop.consumer import ConsumerLoop
from shared.loop.offsets import Fenced, Move
from shared.loop.outbox import Outbox
from shared.loop.rewind import rewind
from shared.loop.turns import Turns
from shared.messages import MESSAGES, USAGE_EVENTS
from shared.postgres.database import transaction
from shared.postgres.wake import Wake
from shared.runtime.settings import Settings
from tests.support.loops import Counting, counted, engine_of, prepare, produce, rows, running, until


@pytest.fixture(autouse=True)
async def _prepared(settings: Settings) -> None:
    await prepare(settings)


KEYS = list("abcdefg")
"""Some for each of four partitions, so that a member with half of them has work."""


def events(count: int, value: bytes = b"x") -> list[tuple[str, bytes]]:
    return [(KEYS[number % len(KEYS)], value) for number in range(count)]


async def total(settings: Settings) -> int:
    return sum((await counted(settings)).values())


async def test_each_record_has_its_effect_once_and_offsets_end_where_the_topic_does(
    settings: Settings,
) -> None:
    await produce(settings, events(3000))
    handler = Counting()
    async with running(settings, handler) as loop:
        await until(lambda: handler.committed == 3000)
        assert loop.loop.fault() is None
    assert await counted(settings) == Counter(KEYS[number % len(KEYS)] for number in range(3000))
    ends = await rows(
        settings,
        "select sum(next_offset), sum(highest_offset), count(*) "
        "from consumer_offset where service = 'ingest'",
    )
    assert ends == [(3000, 3000, 4)]


async def test_a_lone_record_is_handled_within_milliseconds(settings: Settings) -> None:
    handler, waits = Counting(), []
    async with running(settings, handler):
        await produce(settings, events(1))
        await until(lambda: handler.committed == 1)
        for number in range(2, 22):
            await produce(settings, events(1))
            started = asyncio.get_running_loop().time()
            await until(partial(_committed, handler, number), pause=0.001)
            waits.append(asyncio.get_running_loop().time() - started)
    assert sorted(waits)[10] < 0.5


async def test_a_second_owner_of_the_same_partitions_is_fenced(settings: Settings) -> None:
    """Both own everything at the same time, like a zombie and its successor: each record counts
    once.
    """
    engine = engine_of(settings)
    partition = TopicPartition(USAGE_EVENTS, 0)
    records = [
        ConsumerRecord(USAGE_EVENTS, 0, offset, 0, 0, b"k", b"x", None, 1, 1, ())
        for offset in range(400)
    ]
    assert settings.database_url is not None
    wake = Wake(settings.database_url, name="test")
    fenced = 0

    async def owner(seed: int) -> None:
        nonlocal fenced
        turns = Turns(Counting(), Clock(), Outbox("ingest", wake), engine, "")
        while True:
            stored = await turns.read_offsets({partition: 0})
            turns.own.settle(stored, {})
            try:
                while turns.own.stored[partition].next < 400:
                    start = turns.own.stored[partition].next
                    await turns.apply({partition: records[start : start + 1 + (start + seed) % 7]})
                break
            except Fenced:
                fenced += 1
                await turns.drop_connection()
        await turns.drop_connection()

    await asyncio.gather(*(owner(seed) for seed in range(3)))
    await engine.dispose()
    assert await counted(settings) == {"k": 400}
    assert fenced > 0


async def test_a_batch_fetched_from_before_the_stored_offset_is_not_applied(
    settings: Settings,
) -> None:
    """aiokafka hands out such a batch after a rebalance, from where its group had committed
    (aiokafka #738).
    """
    engine = engine_of(settings)
    partition = TopicPartition(USAGE_EVENTS, 0)
    records = [
        ConsumerRecord(USAGE_EVENTS, 0, offset, 0, 0, b"k", b"x", None, 1, 1, ())
        for offset in range(20)
    ]
    assert settings.database_url is not None
    turns = Turns(
        Counting(), Clock(), Outbox("ingest", Wake(settings.database_url, name="test")), engine, ""
    )
    turns.own.settle(await turns.read_offsets({partition: 0}), {})
    await turns.apply({partition: records[:10]})
    with pytest.raises(Fenced):
        await turns.apply({partition: records[5:15]})
    await turns.apply({partition: records[10:]})
    await turns.drop_connection()
    await engine.dispose()
    assert await counted(settings) == {"k": 20}


async def test_a_compare_and_set_that_finds_another_offset_moves_nothing(
    settings: Settings,
) -> None:
    engine = engine_of(settings)
    first, second = TopicPartition("t", 0), TopicPartition("t", 1)
    async with transaction(engine) as conn:
        await offsets.begin(conn, "ingest", {first: 5, second: 9})
    with pytest.raises(Fenced):
        async with transaction(engine) as conn:
            await offsets.advance(conn, "ingest", [Move(first, 5, 6), Move(second, 8, 10)])
    async with transaction(engine) as conn:
        assert {
            p: s.next for p, s in (await offsets.read(conn, "ingest", [first, second])).items()
        } == {first: 5, second: 9}
        await offsets.advance(
            conn, "ingest", [Move(second, 9, 9), Move(first, 5, 5)]
        )  # a tick: holds, moves nothing
        await offsets.advance(conn, "ingest", [Move(second, 9, 12), Move(first, 5, 6)])
        assert {
            p: s.next for p, s in (await offsets.read(conn, "ingest", [first, second])).items()
        } == {first: 6, second: 12}
    await engine.dispose()


async def test_members_join_and_leave_under_load(settings: Settings) -> None:
    """Rebalances during batches: what was fetched under the old assignment is dropped, nothing is
    lost or counted twice.
    """
    done = asyncio.Event()
    sent = 0

    async def load() -> None:
        nonlocal sent
        while not done.is_set():
            await produce(settings, events(200))
            sent += 200
            await asyncio.sleep(0.05)

    loading = asyncio.create_task(load())
    async with running(settings, Counting()):
        for _ in range(3):
            async with running(settings, Counting()) as other:
                await until(partial(_takes_part, other.handler))
                await asyncio.sleep(0.3)
        done.set()
        await loading
        await until(lambda: _is(settings, sent))
        await asyncio.sleep(0.3)
    assert await total(settings) == sent


def _committed(handler: Counting, number: int) -> bool:
    return handler.committed == number


def _takes_part(handler: Counting) -> bool:
    return handler.committed > 0 or len(handler.forgotten) > 1


async def _is(settings: Settings, expected: int) -> bool:
    return await total(settings) >= expected


async def test_what_a_listener_raises_ends_the_loop(settings: Settings) -> None:
    """aiokafka only logs it."""

    class Broken(ConsumerLoop):
        async def assigned(self) -> None:
            raise RuntimeError("the listener failed")

    assert settings.database_url is not None
    outbox = Outbox("ingest", Wake(settings.database_url, name="test"))
    loop = Broken(Counting(), settings, Clock(), outbox)
    with pytest.raises(RuntimeError, match="the listener failed"):
        await asyncio.wait_for(loop.run(asyncio.Event()), 20)


async def test_a_stop_in_the_middle_of_a_batch_lets_it_commit(settings: Settings) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        entered.set()
        await leave.wait()

    await produce(settings, [("k", b"x")] * 50)
    handler = Counting(in_apply=slow)
    async with running(settings, handler) as loop:
        await asyncio.wait_for(entered.wait(), 20)
        loop.stop.set()
        await asyncio.sleep(0.1)
        assert not loop.task.done()
        leave.set()
    assert handler.committed == sum(handler.batches) > 0
    async with running(settings, Counting()):
        await until(lambda: _is(settings, 50))
    assert await counted(settings) == {"k": 50}


async def test_records_that_postgresql_refuses_are_rejected_alone(settings: Settings) -> None:
    poisons = {13, 14, 77}
    await produce(
        settings,
        [("k", b"poison" if number in poisons else b"x") for number in range(100)],
        partition=2,
    )
    async with running(settings, Counting()):
        await until(lambda: _is(settings, 97))
    assert await counted(settings) == {"k": 97}
    kept = await rows(
        settings,
        'select partition, "offset", reason, payload from event_rejected order by "offset"',
    )
    assert [(partition, offset) for partition, offset, *_ in kept] == [
        (2, offset) for offset in sorted(poisons)
    ]
    assert {(reason, payload) for *_, reason, payload in kept} == {
        ("data: refused by the database (22000)", "poison")
    }


async def test_an_internal_record_that_postgresql_refuses_is_rejected(settings: Settings) -> None:
    """Its content is at fault, so nobody has to wait."""
    await produce(
        settings,
        [("k", b"poison" if number == 5 else b"x") for number in range(10)],
        MESSAGES,
        partition=0,
    )
    async with running(settings, Counting(service="notifier", topics=(MESSAGES,))):
        await until(lambda: _is(settings, 9))
    assert await rows(settings, 'select "offset" from event_rejected') == [(5,)]


async def test_a_thousand_bad_records_in_a_row_are_all_kept(settings: Settings) -> None:
    await produce(settings, [("k", b"bad %d" % number) for number in range(1000)] + [("k", b"x")])
    async with running(settings, Counting()):
        await until(lambda: _is(settings, 1))
    assert await rows(
        settings, "select count(*), count(distinct payload), min(reason) from event_rejected"
    ) == [(1000, 1000, "json: bad")]


async def test_a_rewind_while_running_reads_all_again_and_changes_nothing(
    settings: Settings,
) -> None:
    await produce(settings, [*events(500), ("k", b"bad")])
    handler, probe, engine = Counting(), KafkaProbe(settings), engine_of(settings)
    async with running(settings, handler):
        await until(lambda: handler.committed == 500)
        before = await counted(settings)
        await rewind(engine, probe, "ingest", None)
        await until(lambda: handler.replayed == 501)
        await until(lambda: _caught_up(settings, 501))
    await probe.close()
    await engine.dispose()
    assert await counted(settings) == before
    assert await rows(settings, "select count(*) from event_rejected") == [(1,)]


async def _caught_up(settings: Settings, end: int) -> bool:
    return await rows(
        settings, "select sum(next_offset), sum(highest_offset) from consumer_offset"
    ) == [(end, end)]


async def test_ticks_come_between_batches_and_when_nothing_comes(settings: Settings) -> None:
    handler = Counting(tick_seconds=0.1)
    async with running(settings, handler):
        await until(lambda: handler.ticks >= 5)
        await produce(settings, events(2000))
        await until(lambda: handler.committed == 2000)
        before = handler.ticks
        await until(lambda: handler.ticks > before)
