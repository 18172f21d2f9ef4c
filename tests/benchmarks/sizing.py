"""What a steady load costs: cores of ingest and of PostgreSQL, and write-ahead log, by accounts and
events a second.

Events come at their pace, as from a product, for one of PostgreSQL's checkpoint intervals: the
first change of a page after a checkpoint writes the whole page to the log, so a shorter time would
say too much. CPU time and bytes say the same on a busy machine.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from services.ingest.accounts import partition_of
from shared.embedded import Addresses
from shared.kafka.clients import ensure_topics
from shared.messages import USAGE_EVENTS
from shared.runtime.settings import load_settings
from tests.benchmarks import cost
from tests.benchmarks.environment import environment
from tests.benchmarks.events import Skew, records
from tests.benchmarks.furnish import furnish
from tests.support.databases import migrated_template, new_database, url_of
from tests.support.topics import delete_topics

SECONDS = 300
"""PostgreSQL's default `checkpoint_timeout`."""
_WARM_UP_SECONDS = 15
_DAY = 86_400
_WAL = "select pg_current_wal_lsn() - '0/0'"
_SIZE = "select pg_database_size(current_database())"


@dataclass(frozen=True, slots=True)
class Load:
    """Events come from Zipf's distribution: the n-th account sends 1/n as many as the first."""

    accounts: int
    per_second: int
    skew: Skew = "zipf"


LOADS: Sequence[Load] = (
    Load(1_000, 100),
    Load(1_000, 1_000),
    Load(100_000, 100),
    Load(100_000, 1_000),
)


@dataclass(frozen=True, slots=True)
class Found:
    """`per_second`: the pace that was held, less on a machine that is too busy. `database_mb`: at
    the beginning, with every account's rows of the running period and a subscription.
    """

    per_second: float
    ingest_cores: float
    postgres_cores: float
    us_per_event: float
    wal_bytes_per_event: float
    wal_gb_per_day: float
    database_mb: float


async def measure(
    stack: Addresses,
    *,
    loads: Sequence[Load] = LOADS,
    seconds: int = SECONDS,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Under `sizing`, by load and figure."""
    found = {}
    async with migrated_template(stack.postgres_url) as template:
        for load in loads:
            name = f"{load.accounts:,} accounts, {load.per_second:,}/s"
            async with new_database(stack.postgres_url, template=template) as database:
                figures = await _steady(stack, url_of(stack.postgres_url, database), load, seconds)
            say(f"{name}: {figures}")
            found[name] = asdict(figures)
    return {"sizing": found}


async def _steady(stack: Addresses, url: str, load: Load, seconds: int) -> Found:
    await furnish(url, load.accounts, 0)
    given = environment(stack, url)
    prefix = given["PLIMSOLL_TOPIC_PREFIX"]
    await ensure_topics(load_settings(given))
    connection = await asyncpg.connect(url)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.ingest"),
        env={**os.environ, **given},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        return await _measured(stack.kafka, prefix, connection, process.pid, load, seconds)
    finally:
        process.terminate()
        await process.wait()
        await connection.close()
        await delete_topics(stack.kafka, prefix)


async def _measured(
    kafka: str,
    prefix: str,
    connection: "asyncpg.Connection[asyncpg.Record]",
    pid: int,
    load: Load,
    seconds: int,
) -> Found:
    events = load.per_second * (seconds + _WARM_UP_SECONDS)
    sending = asyncio.create_task(_send(kafka, prefix + USAGE_EVENTS, load, events))
    await _counted(connection, sending, load.per_second * _WARM_UP_SECONDS)
    size = await connection.fetchval(_SIZE)
    begun, wal = await cost.read(connection, pid), await connection.fetchval(_WAL)
    first = await _applied(connection)
    await sending
    await _counted(connection, None, events)
    used = (await cost.read(connection, pid)).since(begun)
    wal = float(await connection.fetchval(_WAL) - wal)
    counted = await _applied(connection) - first
    return Found(
        per_second=round(counted / used.wall),
        ingest_cores=round(used.own / counted * load.per_second, 3),
        postgres_cores=round(used.postgres / counted * load.per_second, 3),
        us_per_event=round((used.own + used.postgres) / counted * 1e6, 1),
        wal_bytes_per_event=round(wal / counted),
        wal_gb_per_day=round(wal / counted * load.per_second * _DAY / 1e9, 1),
        database_mb=round(size / 1e6),
    )


async def _applied(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    return int(
        await connection.fetchval(
            "select coalesce(sum(next_offset), 0)::bigint from consumer_offset "
            "where service = 'ingest'"
        )
    )


async def _counted(
    connection: "asyncpg.Connection[asyncpg.Record]",
    sending: "asyncio.Task[None] | None",
    events: int,
) -> None:
    while await _applied(connection) < events:
        if sending is not None and sending.done():
            sending.result()
        await asyncio.sleep(0.2)


async def _send(kafka: str, topic: str, load: Load, events: int) -> None:
    """At its pace: twenty pieces a second, late ones at once."""
    piece = load.per_second // 20
    async with AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=5) as producer:
        partitions = len(await producer.partitions_for(topic))
        place: Callable[[str], int] = cache(lambda subject: partition_of(subject, partitions))
        made = records(events, load.accounts, load.skew, datetime.now(UTC))
        clock = asyncio.get_running_loop().time
        began = clock()
        for number, (subject, value) in enumerate(made):
            if number % piece == 0:
                await asyncio.sleep(max(0.0, began + number / load.per_second - clock()))
            await producer.send(topic, value, key=subject.encode(), partition=place(subject))
