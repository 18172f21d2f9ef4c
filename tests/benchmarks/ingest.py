"""How many events a second ingest counts exactly once, beside how many a bare consumer can read.

Each figure is taken from a topic that is filled before: the reader is a process of its own, its start is not measured.
"""

import asyncio
import hashlib
import json
import os
import secrets
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from shared.catalog import parse_catalog
from shared.catalog.canonical import canonical
from shared.embedded import Addresses
from shared.kafka import ensure_topics
from shared.messages import USAGE_EVENTS
from shared.settings import load_settings
from tests.benchmarks.events import Skew, account, fill
from tests.support.databases import migrated_template, new_database, url_of
from tests.support.topics import delete_topics
from tests.support.usage import catalog_of

METERS = {"api_calls": {"event": "api.request", "aggregation": "count", "reset": "period"}}
ACCOUNTS = (1_000, 100_000, 1_000_000)
_POLL_SECONDS = 0.01
_LONGEST_SECONDS = 120
_APPLIED = "select coalesce(sum(next_offset), 0)::bigint from consumer_offset where service = 'ingest'"


@dataclass(frozen=True, slots=True)
class Load:
    """`window`: keys that lie in the dedupe window already, spread over its days."""

    events: int
    accounts: int
    skew: Skew = "zipf"
    window: int = 0


async def measure(stack: Addresses, *, events: int = 400_000, rounds: int = 3, say: Callable[[str], None] = print) -> dict[str, Any]:
    """`raw_eps`, `ingest_eps`, `ratio` (medians of interleaved rounds) and `ingest_eps_by_accounts`."""
    async with migrated_template(stack.postgres_url) as template:
        raw, counted = [], []
        for round_ in range(rounds):
            async with bench(stack, template, Load(events, ACCOUNTS[0])) as one:
                raw.append(await one.raw())
                counted.append(await one.ingest())
            say(f"round {round_ + 1}: raw {raw[-1]:,.0f}, ingest {counted[-1]:,.0f}, ratio {counted[-1] / raw[-1]:.2f}")
        by_accounts: dict[str, float] = {}
        for name, load in _loads(events).items():
            async with bench(stack, template, load) as one:
                by_accounts[name] = await one.ingest()
            say(f"{name}: {by_accounts[name]:,.0f}")
    ratio = statistics.median(high / low for high, low in zip(counted, raw, strict=True))
    return {
        "raw_eps": round(statistics.median(raw)),
        "ingest_eps": round(statistics.median(counted)),
        "ratio": round(ratio, 3),
        "ingest_eps_by_accounts": {name: round(found) for name, found in by_accounts.items()},
    }


def _loads(events: int) -> dict[str, Load]:
    loads = {f"{number:,} accounts": Load(events, number) for number in ACCOUNTS}
    loads |= {f"{number:,} accounts, uniform": Load(events, number, "uniform") for number in ACCOUNTS[1:]}
    return loads | {f"{ACCOUNTS[0]:,} accounts, 10,000,000 keys in the window": Load(events, ACCOUNTS[0], window=10_000_000)}


@dataclass
class Bench:
    """A filled topic and a database, with no service running."""

    environment: Mapping[str, str]
    bootstrap: str
    topic: str
    database_url: str
    load: Load
    distinct: int

    async def raw(self) -> float:
        """Records a second of a bare `getmany` over the whole topic."""
        reading = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.raw", self.bootstrap, self.topic), stdout=asyncio.subprocess.PIPE
        )
        out, _ = await reading.communicate()
        return float(out)

    async def ingest(self) -> float:
        """Events a second of the whole path: from the first batch applied to the last, the first not counted."""
        connection = await asyncpg.connect(self.database_url)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.ingest"),
            env={**os.environ, **self.environment},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            began, first = await self._past(connection, 1)
            ended, last = await self._past(connection, self.load.events)
            counted = await connection.fetchval("select sum(used) from usage_total")
            assert counted == self.distinct, f"{counted} counted, {self.distinct} are distinct"
            return (last - first) / (ended - began)
        finally:
            process.terminate()
            await process.wait()
            await connection.close()

    async def _past(self, connection: "asyncpg.Connection[asyncpg.Record]", offset: int) -> tuple[float, int]:
        """When at least so many records have been applied, and how many have."""
        until = time.monotonic() + _LONGEST_SECONDS
        while (applied := await connection.fetchval(_APPLIED)) < offset:
            assert time.monotonic() < until, f"{applied} of {self.load.events} applied"
            await asyncio.sleep(_POLL_SECONDS)
        return time.monotonic(), applied


@asynccontextmanager
async def bench(stack: Addresses, template: str, load: Load) -> AsyncIterator[Bench]:
    prefix = f"b{secrets.token_hex(4)}."
    async with new_database(stack.postgres_url, template=template) as name:
        url = url_of(stack.postgres_url, name)
        environment = {
            "PLIMSOLL_DATABASE_URL": url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
            "PLIMSOLL_TOPIC_PREFIX": prefix,
            "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
            "PLIMSOLL_PORT": "0",
        }
        await ensure_topics(load_settings(environment))
        try:
            distinct = await fill(stack.kafka, prefix + USAGE_EVENTS, load.events, load.accounts, load.skew)
            await _furnish(url, load)
            yield Bench(environment, stack.kafka, prefix + USAGE_EVENTS, url, load, distinct)
        finally:
            await delete_topics(stack.kafka, prefix)


async def _furnish(url: str, load: Load) -> None:
    """A catalogue, a subscription for every account, and the keys of earlier events."""
    body = canonical(parse_catalog(json.dumps(catalog_of(METERS)).encode(), "application/json"))
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("insert into catalog values (1, $1, $2, 1, now())", body, hashlib.sha256(body).digest())
        await connection.execute(_ACCOUNTS, load.accounts - 1)
        await connection.execute(_SUBSCRIPTIONS)
        await connection.execute("update revision set value = 2 where name = 'plans'")
        if load.window:
            await connection.execute(_DAYS)
            await connection.execute(_KEYS, load.window // _BUCKETS // _PARTITIONS)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


_BUCKETS, _PARTITIONS = 34 * 144, 4
_ACCOUNTS = f"""
    insert into account (id, name, locale, time_zone, external_ids, created_at, updated_at)
    select '{account(0)[:-7]}' || lpad(n::text, 7, '0'), 'x', 'en', 'UTC', '{{}}', now(), now() from generate_series(0, $1::int) as n
"""
_SUBSCRIPTIONS = """
    insert into subscription (account, plan, catalog_version, started_at, interval, quantity, add_ons, revision, changed_at)
    select id, 'starter', 1, now() - random() * interval '300 days', 'month', 1, '{}', 1, now() from account
"""
_DAYS = """
    do $$ declare day date; begin
        for day in select generate_series(current_date - 35, current_date + 1, interval '1 day')::date loop
            execute format('create table dedupe_segment_%s partition of dedupe_segment for values from (%L) to (%L)',
                           to_char(day, 'YYYYMMDD'), day::text || ' 00:00Z', (day + 1)::text || ' 00:00Z');
        end loop;
    end $$
"""
_KEYS = f"""
    insert into dedupe_segment (bucket, partition, partitions, keys)
    select date_bin('10 minutes', now(), 'epoch') - b * interval '10 minutes', p, {_PARTITIONS},
           decode(string_agg(md5(random()::text), ''), 'hex')
    from generate_series(0, {_BUCKETS - 1}) as b, generate_series(0, {_PARTITIONS - 1}) as p, generate_series(1, $1::int)
    group by b, p
"""
