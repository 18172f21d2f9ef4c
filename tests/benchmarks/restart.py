"""How soon ingest counts again after a restart, in the worst moment: it has just counted at full
speed, so that usage by the hour is pending, and three seconds' events came while it was away.

`stopped`: as a deployment does it (SIGTERM). `killed` (SIGKILL): Kafka gives its partitions to the
next process only when the session of the dead one has run out, after ten seconds.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from shared.embedded import Addresses
from shared.messages import USAGE_EVENTS
from tests.benchmarks import cost
from tests.benchmarks.events import fill
from tests.benchmarks.ingest import ACCOUNTS, Bench, Load, benches
from tests.benchmarks.options import Options

LOADS: Mapping[str, Load] = {
    f"{accounts:,} accounts": Load(accounts, greeted=True)
    for accounts in (ACCOUNTS[0], ACCOUNTS[-1])
}
MEANWHILE = 15_000
ENDS: Mapping[str, signal.Signals] = {"stopped": signal.SIGTERM, "killed": signal.SIGKILL}


@dataclass(frozen=True, slots=True)
class Back:
    """Seconds from the start of the process: until its first commit, and until all that waited is
    counted. `first_cpu_s`: of its own computing until the first, which is the same on a busy
    machine.
    """

    first_s: float
    first_cpu_s: float
    all_s: float


async def measure(
    stack: Addresses,
    options: Options,
    *,
    loads: Mapping[str, Load] = LOADS,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """`restart`: the figures of `Back`, by how it ended and number of accounts."""
    found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in ENDS}
    chosen = {name: load for name, load in loads.items() if options.has(load.accounts)}
    async with benches(stack, chosen, say) as prepared:
        for name, bench in prepared.items():
            load = chosen[name]
            async with _counting(bench, load) as running:
                for seed, (way, end) in enumerate(ENDS.items(), 100):
                    back = await running.restart(end, seed)
                    found[way][name] = {
                        figure: round(value, 2) for figure, value in asdict(back).items()
                    }
                    say(f"restart, {name}, {way}: {found[way][name]}")
    return {"restart": found}


@dataclass(slots=True)
class Running:
    """Ingest at work. `sent`: records in the topic."""

    bench: Bench
    load: Load
    connection: "asyncpg.Connection[asyncpg.Record]"
    process: asyncio.subprocess.Process
    sent: int

    async def restart(self, end: signal.Signals, seed: int) -> Back:
        await self.bench.past(self.connection, self.process, self.sent)
        self.process.send_signal(end)
        await self.process.wait()
        await fill(
            self.bench.environment["PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"],
            self.bench.environment["PLIMSOLL_TOPIC_PREFIX"] + USAGE_EVENTS,
            MEANWHILE,
            self.load.accounts,
            self.load.skew,
            seed=seed,
        )
        began = time.monotonic()
        self.process = await self.bench.start()
        await self.bench.past(self.connection, self.process, self.sent + 1)
        first, computed = time.monotonic() - began, cost.seconds([self.process.pid])
        self.sent += MEANWHILE
        await self.bench.past(self.connection, self.process, self.sent)
        return Back(first, computed, time.monotonic() - began)


@asynccontextmanager
async def _counting(bench: Bench, load: Load) -> AsyncIterator[Running]:
    connection = await asyncpg.connect(bench.environment["PLIMSOLL_DATABASE_URL"])
    running = Running(bench, load, connection, await bench.start(), load.sent)
    try:
        yield running
    finally:
        if running.process.returncode is None:
            running.process.terminate()
            await running.process.wait()
        await connection.close()
