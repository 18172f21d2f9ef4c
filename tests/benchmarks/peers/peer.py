"""One run of an engine beside ours: started, watched, asked for its totals, ended."""

import asyncio
import re
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.messages import USAGE_EVENTS
from tests.benchmarks import cost
from tests.benchmarks.ingest import Bench
from tests.benchmarks.peers.engines import Engine
from tests.benchmarks.peers.published import totals, wrong
from tests.support.topics import delete_topics

_PARTITIONS = 4
_PAUSE = 0.02
_OFFSETS_PAUSE = 0.1
_LONGEST_SECONDS, _FEWEST_A_SECOND = 300, 1_000
_COUNTED = re.compile(r"counted (\d+)\s")


@dataclass(frozen=True, slots=True)
class Run:
    """Of one engine, over one load: how many events were measured, their CPU seconds, the most
    memory, and how many accounts have another total than they should.
    """

    events: int
    cpu_s: float
    memory_mb: float
    totals_wrong: int

    @property
    def us(self) -> float:
        return self.cpu_s / self.events * 1e6

    def __str__(self) -> str:
        return f"{self.us:.1f} us, {self.memory_mb:.0f} MB, {self.totals_wrong} totals wrong"


async def run_peer(engine: Engine, bench: Bench) -> Run:
    """From the end of the warm-up until all is committed, like ingest. Raises AssertionError with
    what it has logged if it fails or takes too long.
    """
    servers = bench.environment["PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"]
    prefix = bench.environment["PLIMSOLL_TOPIC_PREFIX"]
    group = f"{prefix}{engine.name}-{time.time_ns()}"
    published = f"{group}.totals"
    seconds = _LONGEST_SECONDS + bench.sent // _FEWEST_A_SECOND
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(published, _PARTITIONS, 1)])
        with tempfile.TemporaryDirectory(prefix="plimsoll-peer-") as folder:
            arguments = (servers, prefix + USAGE_EVENTS, group, published, folder, str(seconds))
            async with _started(engine, arguments, Path(folder)) as job:
                first, begun = await job.counted(bench.warm_up)
                await job.counted(bench.sent)
                await job.until(lambda: _is_committed(admin, group, bench.sent), _OFFSETS_PAUSE)
                used = cost.seconds([job.process.pid]) - begun
                peak = cost.peak_mb(job.process.pid)
                await job.publish()
        found = await asyncio.to_thread(totals, servers, published)
        return Run(bench.sent - first, used, peak, wrong(found, bench.counted))
    finally:
        await admin.close()
        await delete_topics(servers, group)


async def _is_committed(admin: AIOKafkaAdminClient, group: str, events: int) -> bool:
    found = await admin.list_consumer_group_offsets(group)
    return bool(sum(max(0, place.offset) for place in found.values()) >= events)


@dataclass(slots=True)
class _Job:
    process: Process
    log: Path
    told: int = 0

    async def listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if found := _COUNTED.match(line.decode()):
                self.told = int(found[1])

    async def counted(self, events: int) -> tuple[int, float]:
        """Once it has counted as many: how many it has, and its CPU seconds so far."""

        async def is_there() -> bool:
            return self.told >= events

        await self.until(is_there, _PAUSE)
        return self.told, cost.seconds([self.process.pid])

    async def until(self, is_there: Callable[[], Awaitable[bool]], pause: float) -> None:
        while not await is_there():
            assert self.process.returncode is None, self.said()
            await asyncio.sleep(pause)

    async def publish(self) -> None:
        """All totals; then it ends by itself."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"publish\n")
        await self.process.stdin.drain()
        assert await self.process.wait() == 0, self.said()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-4_000:]


@asynccontextmanager
async def _started(engine: Engine, arguments: tuple[str, ...], folder: Path) -> AsyncIterator[_Job]:
    """Ends itself after the seconds that it is given, so that nothing here waits for ever."""
    log = folder / "log"
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *engine.command, *arguments, stdin=PIPE, stdout=PIPE, stderr=written, cwd=folder
        )
    job = _Job(process, log)
    listening = asyncio.create_task(job.listen())
    try:
        yield job
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await listening
