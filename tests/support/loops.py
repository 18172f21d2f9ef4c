"""A small service on the real loop: it counts records per key, exactly once, and can be made to
fail.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka.structs import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock.clock import Clock
from shared.kafka.clients import Outgoing, Producer, ensure_topics
from shared.kafka.records import Record
from shared.loop.consumer import ConsumerLoop
from shared.loop.outbox import Outbox, Relay
from shared.loop.turn import Handler, Turn
from shared.messages import USAGE_EVENTS, USAGE_TOTALS
from shared.postgres.database import create_engine, transaction
from shared.postgres.wake import Wake
from shared.runtime.settings import Settings

_TABLE = "create table counted (key text primary key, n bigint not null)"
_COUNT = text(
    """
    insert into counted as c (key, n) select * from unnest(cast(:keys as text[]),
        cast(:numbers as bigint[]))
    on conflict (key) do update set n = c.n + excluded.n
    """
)


@dataclass
class Counting(Handler):
    """Counts each record's key. Values determine what else happens: `bad…` is rejected, `poison…`
    is refused by the database, `send…` publishes; until `mended`, `bug…` and `typo…` trigger a
    defect in Python and in SQL.
    """

    service: str = "ingest"
    topics: tuple[str, ...] = (USAGE_EVENTS,)
    tick_seconds: float | None = None
    forgotten: list[set[TopicPartition]] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    ticks: int = 0
    replayed: int = 0
    committed: int = 0
    mended: bool = False
    in_apply: Callable[[], Awaitable[None]] | None = None

    async def assigned(self, partitions: Collection[TopicPartition]) -> None:
        self.forgotten.append(set(partitions))

    async def apply(self, turn: Turn) -> None:
        counts: Counter[str] = Counter()
        for records in turn.records.values():
            self.batches.append(len(records))
            for record in records:
                if turn.is_replay(record):
                    self.replayed += 1
                    if (record.value or b"").startswith(b"bad"):
                        turn.reject(record, "json: bad")
                    continue
                await self._one(turn, record, counts)
        if self.in_apply is not None:
            await self.in_apply()
        await turn.conn.execute(
            _COUNT, {"keys": sorted(counts), "numbers": [counts[key] for key in sorted(counts)]}
        )
        turn.after_commit(lambda: self._done(sum(counts.values())))

    async def _one(self, turn: Turn, record: Record, counts: Counter[str]) -> None:
        key, value = (record.key or b"").decode(), record.value or b""
        if value.startswith(b"bad"):
            turn.reject(record, "json: bad")
            return
        if value.startswith(b"poison"):
            await turn.conn.execute(text("select cast(:value as int)"), {"value": 10**12})
        if value.startswith(b"bug") and not self.mended:
            raise KeyError("nobody thought of this")
        if value.startswith(b"typo") and not self.mended:
            await turn.conn.execute(text("select no_such_column from counted"))
        if value.startswith(b"send"):
            turn.send(USAGE_TOTALS, key, value, (("n", b"1"),))
        counts[key] += 1

    def _done(self, records: int) -> None:
        self.committed += records

    async def tick(self, turn: Turn) -> None:
        self.ticks += 1


async def prepare(settings: Settings) -> None:
    """Topics, and the table that the handler counts into."""
    await ensure_topics(settings)
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, name="test")
    async with transaction(engine) as conn:
        await conn.execute(text(_TABLE))
    await engine.dispose()


@dataclass
class Running:
    loop: ConsumerLoop
    handler: Counting
    task: asyncio.Task[None]
    stop: asyncio.Event

    async def end(self) -> None:
        self.stop.set()
        await self.task


@asynccontextmanager
async def running(
    settings: Settings, handler: Counting, *, relay: bool = False, engine: AsyncEngine | None = None
) -> AsyncIterator[Running]:
    """Runs the loop (and its relay) as a process would. Failures are raised at the end of the
    block.
    """
    assert settings.database_url is not None
    stop, wake = asyncio.Event(), Wake(settings.database_url, name="test")
    outbox = Outbox(handler.service, wake)
    loop = ConsumerLoop(handler, settings, Clock(), outbox, engine=engine)
    task = asyncio.create_task(loop.run(stop))
    others = [asyncio.create_task(wake.run(stop))]
    producer = Producer(settings, name="test-relay", keeps_pending=False)
    if relay:
        others.append(asyncio.create_task(Relay(outbox, settings.database_url, producer).run(stop)))
    try:
        yield Running(loop, handler, task, stop)
    finally:
        stop.set()
        await asyncio.gather(task, *others)
        await producer.stop()


async def until(
    condition: Callable[[], Awaitable[bool] | bool], seconds: float = 60.0, *, pause: float = 0.02
) -> None:
    """Waits until the condition holds; fails with its name if it does not."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        held = condition()
        if held if isinstance(held, bool) else await held:
            return
        assert asyncio.get_running_loop().time() < end, f"not within {seconds} s: {condition}"
        await asyncio.sleep(pause)


async def rows(
    settings: Settings, statement: str, **parameters: object
) -> list[tuple[object, ...]]:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, name="test")
    try:
        async with engine.connect() as conn:
            return [tuple(row) for row in await conn.execute(text(statement), parameters)]
    finally:
        await engine.dispose()


async def counted(settings: Settings) -> dict[str, int]:
    return {str(key): int(str(n)) for key, n in await rows(settings, "select key, n from counted")}


async def produce(
    settings: Settings,
    records: Sequence[tuple[str, bytes]],
    topic: str = USAGE_EVENTS,
    partition: int | None = None,
) -> None:
    producer = Producer(settings, name="test")
    try:
        await producer.send(
            [Outgoing(topic, key.encode(), value, (), partition) for key, value in records],
            seconds=20,
        )
    finally:
        await producer.stop()


def engine_of(settings: Settings) -> AsyncEngine:
    assert settings.database_url is not None
    return create_engine(settings.database_url, name="test")
