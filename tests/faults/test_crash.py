"""Kill -9 at random points, at least twenty times: nothing is lost, nothing is sent twice."""

import asyncio
import os
import random
import sys
from pathlib import Path

import pytest

from services.notifier.channels.registry import KINDS
from services.notifier.rows import EMAIL
from tests.faults import desk, report
from tests.faults.chain import Chain
from tests.faults.load import records, stories
from tests.support.findings import Tell

EVENTS = 20_000
KILLS = 24
SEED = 20_261_122

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]


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


async def test_kills_at_random_points_lose_and_repeat_nothing(
    environment: dict[str, str], tmp_path: Path, tell: Tell
) -> None:
    told = stories(EVENTS, accounts=20)
    load = records(told, duplicates=0.1, seed=SEED)
    async with Chain(environment, tmp_path) as chain:
        await chain.set_up(told)
        await desk.set_up(chain)
        producing = asyncio.create_task(chain.produce(load, seconds=20))
        working = asyncio.create_task(desk.work(chain))
        killed = await kill_and_restart(chain, KILLS, SEED, producing)
        await working
        await chain.settled(lambda: chain.query(report.DIGEST), quiet=4, seconds=150)
        await chain.delivered()
        rows = await report.findings(chain, told) | await desk.findings(chain)
        notes = {
            "events sent": f"{len(load)}, of them distinct {EVENTS}",
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
        await rewind_to_the_beginning(environment)
        await asyncio.sleep(2)
        assert await chain.settled(lambda: chain.query(report.DIGEST), quiet=4) == before, (
            "a replay of the whole topic changed something"
        )


async def rewind_to_the_beginning(environment: dict[str, str]) -> None:
    """Rewinds as an operator would, while the services run."""
    command = [
        sys.executable,
        "-m",
        "plimsoll",
        "rewind",
        "--service",
        "ingest",
        "--to",
        "earliest",
    ]
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **environment}, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
