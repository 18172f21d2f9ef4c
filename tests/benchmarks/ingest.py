"""How many events a second ingest counts exactly once, compared with a bare consumer, and their CPU
time.

As in a long-running service, every account has its totals, the dedupe buckets are warm, and the
topic is filled before. The first events of each run are not measured. Runs of ingest and of the
bare consumer alternate, so that other load on the machine affects both; figures are medians over
the rounds.
"""

import asyncio
import json
import os
import secrets
import statistics
import sys
import time
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import psutil

from shared.embedded import Addresses
from shared.kafka.clients import ensure_topics
from shared.messages import USAGE_EVENTS
from shared.runtime.settings import load_settings
from tests.benchmarks import cost
from tests.benchmarks.environment import environment
from tests.benchmarks.events import Skew, fill
from tests.benchmarks.furnish import furnish
from tests.benchmarks.raw import Client
from tests.support.databases import migrated_template, new_database, url_of
from tests.support.topics import delete_topics

EVENTS, WARM_UP = 240_000, 100_000
ACCOUNTS = (1_000, 100_000, 1_000_000)
WINDOW = 10_000_000
ROUNDS = 3
_POLL_SECONDS = 0.01
_LONGEST_SECONDS = 120
_FEWEST_A_SECOND = 1_000
_APPLIED = (
    "select coalesce(sum(next_offset), 0)::bigint from consumer_offset where service = 'ingest'"
)
_USED = "select coalesce(sum(used), 0) from usage_total"
_WAL = "select pg_current_wal_lsn() - '0/0'"
_TRANSACTION = "select pg_current_xact_id()::text"
# New keys for the same events: they are counted again. Those of earlier runs go, or each run would
# have more to remember than the one before.
_AGAIN = """
    delete from dedupe_segment where xmin::text::bigint > {};
    update dedupe_state set secret = decode(replace(gen_random_uuid()::text ||
        gen_random_uuid()::text, '-', ''), 'hex');
    update consumer_offset set next_offset = 0, highest_offset = 0
"""


@dataclass(frozen=True, slots=True)
class Load:
    """`window`: keys that are already in the dedupe window, spread over its days. `greeted`: every
    account has sent an event before what is measured. `events`: how many are measured, after
    `first` that are not.
    """

    accounts: int
    skew: Skew = "zipf"
    window: int = 0
    greeted: bool = False
    events: int = EVENTS
    first: int = WARM_UP

    @property
    def warm_up(self) -> int:
        return max(self.first, self.accounts) if self.greeted else self.first

    @property
    def sent(self) -> int:
        return self.warm_up + self.events


LOADS: Mapping[str, Load] = {
    **{f"{number:,} accounts": Load(number) for number in ACCOUNTS},
    **{f"{number:,} accounts, uniform": Load(number, "uniform") for number in ACCOUNTS[1:]},
    f"{ACCOUNTS[0]:,} accounts, {WINDOW:,} keys in the window": Load(ACCOUNTS[0], window=WINDOW),
}


@dataclass(frozen=True, slots=True)
class Run:
    """Events a second, and per event: microseconds of CPU time of the process and of PostgreSQL,
    bytes of write-ahead log. `mb`, `postgres_mb`: memory at the end; `peak_mb`: the most that the
    process had. `first_s`: from the process's start to its first commit. `events`: how many were
    measured.
    """

    eps: float
    own_us: float
    postgres_us: float = 0
    mb: float = 0
    wal_bytes: float = 0
    first_s: float = 0
    postgres_mb: float = 0
    peak_mb: float = 0
    events: int = 0

    def __str__(self) -> str:
        return f"{self.eps:,.0f}/s, {self.own_us:.1f} + {self.postgres_us:.1f} us, {self.mb:.0f} MB"


class Pair(NamedTuple):
    """Ingest's rate divided by a bare consumer's: by wall time, and by both processes' CPU time."""

    by_time: float
    by_cpu: float


@dataclass
class Bench:
    """A filled topic and a database, with no service running."""

    environment: Mapping[str, str]
    counted: Counter[str]
    """How many distinct events each account has sent."""
    warm_up: int = WARM_UP
    sent: int = WARM_UP + EVENTS
    runs: list[Run] = field(default_factory=list)
    furnished: int | None = None
    """A transaction after all that was there before the first run."""

    async def raw(self, client: Client = "aiokafka") -> Run:
        """A bare Kafka client over the whole topic."""
        servers, topic = (
            self.environment["PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"],
            self.environment["PLIMSOLL_TOPIC_PREFIX"] + USAGE_EVENTS,
        )
        reading = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.raw", servers, topic, client),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await reading.communicate()
        eps, cpu = json.loads(out)
        return Run(eps, cpu * 1e6)

    async def ingest(self, checkout: Path | None = None) -> Run:
        """The whole path, from the end of the warm-up to the last batch: of this code, or of
        another checkout's.
        """
        connection = await asyncpg.connect(self.environment["PLIMSOLL_DATABASE_URL"])
        if self.furnished is None:
            self.furnished = int(await connection.fetchval(_TRANSACTION))
        await connection.execute(_AGAIN.format(self.furnished))
        before = await connection.fetchval(_USED)
        started = time.monotonic()
        process = await self.start(checkout)
        try:
            await self.past(connection, process, 1)
            first_s = time.monotonic() - started
            first = await self.past(connection, process, self.warm_up)
            begun, wal = await cost.read(connection, process.pid), await connection.fetchval(_WAL)
            last = await self.past(connection, process, self.sent)
            used = (await cost.read(connection, process.pid)).since(begun)
            wal = await connection.fetchval(_WAL) - wal
            counted = await connection.fetchval(_USED) - before
            distinct = self.counted.total()
            assert counted == distinct, f"{counted} counted, {distinct} are distinct"
            mb = psutil.Process(process.pid).memory_info().rss / 2**20
            events = last - first
            return Run(
                events / used.wall,
                used.own / events * 1e6,
                used.postgres / events * 1e6,
                mb,
                float(wal) / events,
                first_s,
                await cost.memory_mb(connection),
                cost.peak_mb(process.pid),
                events,
            )
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
            await connection.close()

    async def start(self, checkout: Path | None = None) -> Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.ingest"),
            cwd=checkout,
            env={**os.environ, **self.environment},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def past(
        self, connection: "asyncpg.Connection[asyncpg.Record]", process: Process, offset: int
    ) -> int:
        """Returns how many records have been applied, once at least `offset` have."""
        until = time.monotonic() + _LONGEST_SECONDS + offset / _FEWEST_A_SECOND
        while (applied := int(await connection.fetchval(_APPLIED))) < offset:
            assert process.returncode is None, (
                f"ingest ended by itself with {process.returncode}: start it manually to see why"
            )
            assert time.monotonic() < until, f"{applied} of {offset} applied"
            await asyncio.sleep(_POLL_SECONDS)
        return applied


async def measure(
    stack: Addresses, *, rounds: int = ROUNDS, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """`raw_eps`, `ingest_eps`, `ratio` (of ingest and the bare consumers before and after it),
    `ingest_eps_by_accounts`, CPU per event.

    `ratio_by_cpu`: the same by the CPU time of both processes, as on an otherwise idle machine.
    """
    async with benches(stack, LOADS, say) as prepared:
        base = next(iter(prepared.values()))
        raws, ratios = [await base.raw()], list[Pair]()
        for number in range(1, rounds + 1):
            base.runs.append(await base.ingest())
            raws.append(await base.raw())
            ratios.append(_pair(base.runs[-1], raws[-2:]))
            say(
                f"round {number}: raw {raws[-1]}; ingest {base.runs[-1]}; "
                f"ratio {ratios[-1].by_time:.2f}, by CPU {ratios[-1].by_cpu:.2f}"
            )
            for name, bench in list(prepared.items())[1:]:
                bench.runs.append(await bench.ingest())
                say(f"round {number}, {name}: {bench.runs[-1]}")
        return figures(
            raws, ratios, {name: bench.runs for name, bench in prepared.items()}
        ) | await postgres_settings(base)


def _pair(run: Run, raws: Sequence[Run]) -> Pair:
    return Pair(
        run.eps / statistics.mean(raw.eps for raw in raws),
        statistics.mean(raw.own_us for raw in raws) / run.own_us,
    )


def figures(
    raws: Sequence[Run], ratios: Sequence[Pair], runs: Mapping[str, Sequence[Run]]
) -> dict[str, Any]:
    eps = {name: round(statistics.median(run.eps for run in some)) for name, some in runs.items()}
    return {
        "raw_eps": round(statistics.median(run.eps for run in raws)),
        "ingest_eps": next(iter(eps.values())),
        "ratio": round(statistics.median(pair.by_time for pair in ratios), 3),
        "ratio_by_cpu": round(statistics.median(pair.by_cpu for pair in ratios), 3),
        "ingest_eps_by_accounts": eps,
        "eps_relative_to_fewest_accounts": _relative(runs),
        "raw_us_per_event": round(statistics.median(run.own_us for run in raws), 2),
        "ingest_us_per_event": {
            name: _median(some, lambda run: run.own_us) for name, some in runs.items()
        },
        "postgres_us_per_event": {
            name: _median(some, lambda run: run.postgres_us) for name, some in runs.items()
        },
    }


def _relative(runs: Mapping[str, Sequence[Run]]) -> dict[str, float]:
    """Relative to the first load's run of the same round."""
    first, *others = runs
    pairs = {name: zip(runs[name], runs[first], strict=True) for name in others}
    return {
        name: round(statistics.median(run.eps / base.eps for run, base in some), 3)
        for name, some in pairs.items()
    }


def _median(runs: Sequence[Run], of: Callable[[Run], float]) -> float:
    return round(statistics.median(map(of, runs)), 2)


async def postgres_settings(bench: Bench) -> dict[str, Any]:
    connection = await asyncpg.connect(bench.environment["PLIMSOLL_DATABASE_URL"])
    try:
        names = (
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "wal_compression",
            "shared_buffers",
        )
        return {
            "postgres": {
                name: await connection.fetchval("select current_setting($1)", name)
                for name in names
            }
        }
    finally:
        await connection.close()


@asynccontextmanager
async def benches(
    stack: Addresses, loads: Mapping[str, Load], say: Callable[[str], None] = print
) -> AsyncIterator[dict[str, Bench]]:
    """The databases and topics of all loads; loads share what they have in common."""
    databases: dict[tuple[int, int], str] = {}
    topics: dict[Load, tuple[str, Counter[str]]] = {}
    prepared = {}
    async with migrated_template(stack.postgres_url) as template, AsyncExitStack() as held:
        for name, load in loads.items():
            began = time.monotonic()
            url = databases.get(kept := (load.accounts, load.window))
            if url is None:
                url = databases[kept] = url_of(
                    stack.postgres_url,
                    await held.enter_async_context(
                        new_database(stack.postgres_url, template=template)
                    ),
                )
                await furnish(url, load.accounts, load.window)
            if (sent := replace(load, window=0)) not in topics:
                topics[sent] = await held.enter_async_context(_topic(stack, url, load))
            prefix, counted = topics[sent]
            given = environment(stack, url) | {"PLIMSOLL_TOPIC_PREFIX": prefix}
            prepared[name] = Bench(given, counted, load.warm_up, load.sent)
            say(f"{name}: prepared in {time.monotonic() - began:.0f} s")
        yield prepared


@asynccontextmanager
async def _topic(stack: Addresses, url: str, load: Load) -> AsyncIterator[tuple[str, Counter[str]]]:
    """Fills a topic. Returns its prefix, and how many of its events are distinct, by account."""
    prefix = f"b{secrets.token_hex(4)}."
    await ensure_topics(load_settings(environment(stack, url) | {"PLIMSOLL_TOPIC_PREFIX": prefix}))
    try:
        yield (
            prefix,
            await fill(
                stack.kafka,
                prefix + USAGE_EVENTS,
                load.sent,
                load.accounts,
                load.skew,
                greeted=load.greeted,
            ),
        )
    finally:
        await delete_topics(stack.kafka, prefix)
