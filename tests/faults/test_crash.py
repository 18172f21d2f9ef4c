"""Kill -9 at random points, of each service several times: nothing is lost, nothing is sent
twice.
"""

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.notifier.channels.registry import KINDS
from services.notifier.rows import EMAIL
from tests.faults import desk, report
from tests.faults.chain import Chain
from tests.faults.load import records, stories
from tests.support.command import plimsoll
from tests.support.findings import Tell

SEED = 20_261_122

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]


@dataclass(frozen=True, slots=True)
class Load:
    """`seconds`: over which the events are sent."""

    events: int
    accounts: int
    seconds: float
    deals: int
    kills: int


LOADS = (
    pytest.param(Load(6_000, 6, 8, 2, 9), id="nine kills"),
    pytest.param(Load(20_000, 20, 20, 6, 24), id="many kills", marks=pytest.mark.nightly),
)


async def kill_and_restart(
    chain: Chain, kills: int, seed: int, producing: "asyncio.Task[None]"
) -> dict[str, int]:
    """Kills each service in turn, at random times; it is up again before another of its kind is
    killed.
    """
    dice = random.Random(seed)
    killed: dict[str, int] = {}
    for number in range(kills):
        process = chain.processes[number % len(chain.processes)]
        await process.ready()
        await asyncio.sleep(dice.uniform(0.05, 0.8))
        process.kill()
        killed[process.name] = killed.get(process.name, 0) + 1
        process.start()
    await producing
    await asyncio.gather(*(process.ready() for process in chain.processes))
    return killed


@pytest.mark.parametrize("under", LOADS)
async def test_kills_at_random_points_lose_and_repeat_nothing(
    environment: dict[str, str], tmp_path: Path, tell: Tell, under: Load
) -> None:
    told = stories(under.events, under.accounts)
    load = records(told, duplicates=0.1, seed=SEED)
    async with Chain(environment, tmp_path) as chain:
        await chain.set_up(told)
        await desk.set_up(chain, under.deals)
        producing = asyncio.create_task(chain.produce(load, under.seconds))
        working = asyncio.create_task(desk.work(chain, under.deals))
        killed = await kill_and_restart(chain, under.kills, SEED, producing)
        await working
        await chain.settled(lambda: chain.query(report.DIGEST), quiet=4, seconds=150)
        await chain.delivered()
        rows = await report.findings(chain, told) | await desk.findings(chain, under.deals)
        notes = {
            "events sent": f"{len(load)}, of them distinct {under.events}",
            "kills": killed,
            "mails": len(chain.mailbox.mails),
            "mails repeated with the same Message-ID (killed before the answer was recorded)": (
                chain.mailbox.repeats()
            ),
        }
        tell(report.table("kill -9 at random points", rows, notes))
        assert all(found == wanted for found, wanted in rows.values()), report.table(
            "", rows, notes
        )
        # For each mail in flight when its process was killed, one may have been sent without being
        # recorded.
        assert chain.mailbox.repeats() <= killed.get("notifier", 0) * KINDS[EMAIL].in_flight

        before = await chain.query(report.DIGEST)
        await rewind_to_the_beginning(environment, tmp_path)
        await asyncio.sleep(2)
        assert await chain.settled(lambda: chain.query(report.DIGEST), quiet=4) == before, (
            "a replay of the whole topic changed something"
        )


async def rewind_to_the_beginning(environment: dict[str, str], cwd: Path) -> None:
    """Rewinds as an operator would, while the services run."""
    command = ("rewind", "--service", "ingest", "--to", "earliest")
    done = await asyncio.to_thread(plimsoll, *command, environment=environment, cwd=cwd)
    assert done.code == 0, done.err
