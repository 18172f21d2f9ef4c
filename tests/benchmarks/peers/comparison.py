"""CPU time per event of Apache Flink and Kafka Streams beside ours, on the same events, in turn.

Ours is that of ingest and PostgreSQL, theirs that of the Java process: the broker's is nobody's. A
ratio is the peer's divided by ours in the same round, so it says the same on a busy machine.

The peers' jobs are as small as they can be (docs/operators.md says what they leave out).
"""

import asyncio
import statistics
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from shared.embedded import Addresses
from shared.embedded.errors import EmbeddedError
from tests.benchmarks.events import Skew
from tests.benchmarks.ingest import ACCOUNTS, Bench, Load, benches
from tests.benchmarks.options import Options
from tests.benchmarks.peers.engines import HEAP_MB, NAMES, Engine, engine
from tests.benchmarks.peers.peer import Run, run_peer
from tests.benchmarks.peers.published import wrong
from tests.benchmarks.scale import KINDS

OURS = "plimsoll"
LACKS = (
    f"peers: Java with a heap of {HEAP_MB} MB. Their jobs look for the event's identity, add one "
    "to a total per account, meter and calendar month, and publish totals that are new or reach a "
    "threshold. They keep no rows that can be queried, no usage by the hour, no subscriptions with "
    "periods and thresholds of their own, and nothing of what was refused."
)
_WARM_UP = 500_000
"""Java compiles while it runs; then it is warm."""


@dataclass(slots=True)
class Rounds:
    """By engine and load, one of each for each round."""

    runs: dict[str, dict[str, list[Run]]] = field(default_factory=dict)

    def add(self, engine: str, load: str, run: Run) -> None:
        self.runs.setdefault(engine, {}).setdefault(load, []).append(run)


async def measure(
    stack: Addresses, options: Options, *, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """`peers`: `engines`, how many could be had; by engine and load what `Run` has; `ratio`: of
    CPU time per event to ours, medians of the pairs.
    """
    with tempfile.TemporaryDirectory(prefix="plimsoll-peers-") as directory:
        engines = await asyncio.to_thread(_engines, Path(directory), say)
        found = Rounds()
        if engines:
            say(LACKS)
            for accounts in options.accounts or ACCOUNTS:
                await _compare(stack, options, accounts, engines, found, say)
    return {"peers": {"engines": len(engines), **figures(found)}}


def _engines(directory: Path, say: Callable[[str], None]) -> list[Engine]:
    found = []
    for name in NAMES:
        try:
            found.append(engine(name, directory))
        except EmbeddedError as error:
            say(f"peers: {name} is not measured: {error}")
    return found


def loads(accounts: int, events: int) -> dict[str, Load]:
    """Every account has sent an event before what is measured, as in `scale`."""
    skews: Iterable[Skew] = KINDS if accounts > ACCOUNTS[0] else ("zipf",)
    return {
        f"{accounts:,} {KINDS[skew]}": Load(
            accounts, skew, greeted=True, events=events, first=min(_WARM_UP, events)
        )
        for skew in skews
    }


async def _compare(
    stack: Addresses,
    options: Options,
    accounts: int,
    engines: Sequence[Engine],
    found: Rounds,
    say: Callable[[str], None],
) -> None:
    """All rounds with so many accounts; every second one the other way round."""
    async with benches(stack, loads(accounts, options.events), say) as prepared:
        for number in range(options.rounds_of(accounts)):
            sides: list[Engine | None] = [None, *engines]
            for load, bench in prepared.items():
                for side in reversed(sides) if number % 2 else sides:
                    name = OURS if side is None else side.name
                    run = await (_ours(bench) if side is None else run_peer(side, bench))
                    found.add(name, load, run)
                    say(f"peers, {load}, {name}: {run}")


async def _ours(bench: Bench) -> Run:
    before = await _used(bench)
    run = await bench.ingest()
    after = await _used(bench)
    counted = {account: used - before.get(account, 0) for account, used in after.items()}
    return Run(
        run.events,
        (run.own_us + run.postgres_us) * run.events / 1e6,
        run.peak_mb + run.postgres_mb,
        wrong(counted, bench.counted),
    )


async def _used(bench: Bench) -> dict[str, int]:
    connection = await asyncpg.connect(bench.environment["PLIMSOLL_DATABASE_URL"])
    try:
        rows = await connection.fetch(
            "select account, sum(used)::bigint as used from usage_total group by account"
        )
        return {row["account"]: row["used"] for row in rows}
    finally:
        await connection.close()


def figures(found: Rounds) -> dict[str, Any]:
    told: dict[str, Any] = {
        engine: {load: _figures(runs) for load, runs in by_load.items()}
        for engine, by_load in found.runs.items()
    }
    ratio = {
        engine: {load: _ratio(runs, found.runs[OURS][load]) for load, runs in by_load.items()}
        for engine, by_load in found.runs.items()
        if engine != OURS
    }
    return told | ({"ratio": ratio} if ratio else {})


def _figures(runs: Sequence[Run]) -> Mapping[str, float]:
    """Of all rounds the median, but the worst of what must never be wrong."""
    return {
        "events": round(statistics.median(run.events for run in runs)),
        "cpu_s": round(statistics.median(run.cpu_s for run in runs), 2),
        "us_per_event": round(statistics.median(run.us for run in runs), 1),
        "memory_mb": round(statistics.median(run.memory_mb for run in runs)),
        "totals_wrong": max(run.totals_wrong for run in runs),
    }


def _ratio(runs: Iterable[Run], ours: Iterable[Run]) -> float:
    pairs = zip(runs, ours, strict=True)
    return round(statistics.median(run.us / own.us for run, own in pairs), 2)
