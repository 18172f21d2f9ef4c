"""Two ingest and two trigger processes share four partitions; one of each is killed and started
again, and one is frozen.
"""

import asyncio
import random
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.chain import Chain
from tests.faults.load import records, stories
from tests.support.findings import Tell

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True)
class Load:
    """`kills`: of one ingest, then of one trigger, and so on."""

    events: int
    accounts: int
    seconds: float
    kills: int


LOADS = (
    pytest.param(Load(3_000, 3, 16, 2), id="one kill each"),
    pytest.param(Load(6_000, 6, 18, 4), id="two kills each", marks=pytest.mark.nightly),
)


@pytest.mark.parametrize("under", LOADS)
async def test_two_members_each_share_the_work_through_kills_and_freezes(
    environment: dict[str, str], tmp_path: Path, tell: Tell, under: Load
) -> None:
    told = stories(under.events, under.accounts)
    dice = random.Random(7)
    async with Chain(environment, tmp_path, members={"ingest": 2, "trigger": 2}) as chain:
        await chain.set_up(told)
        producing = asyncio.create_task(
            chain.produce(records(told, duplicates=0.3, seed=11), under.seconds)
        )
        await asyncio.sleep(2)
        for number in range(under.kills):
            process = chain.of(("ingest", "trigger")[number % 2])[1]
            await asyncio.sleep(dice.uniform(0.5, 1.5))
            process.kill()
            await asyncio.sleep(dice.uniform(0.5, 1.5))
            process.start()
            await process.ready()
        # Longer than the session timeout: the others take over, and what the frozen one still has
        # must be refused.
        frozen = chain.of("ingest")[0]
        frozen.signal(signal.SIGSTOP)
        await asyncio.sleep(12)
        frozen.signal(signal.SIGCONT)
        await producing
        await asyncio.gather(*(process.ready() for process in chain.processes))
        await chain.settled(lambda: chain.query(report.DIGEST), quiet=4, seconds=120)
        await chain.delivered()
        rows = await report.findings(chain, told)
        tell(report.table("two members each, kills and a freeze of 12 s", rows, {}))
        assert all(found == wanted for found, wanted in rows.values()), report.table("", rows, {})
