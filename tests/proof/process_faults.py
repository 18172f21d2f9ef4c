"""Faults of our own processes."""

import asyncio
import random
import signal
from datetime import timedelta

from shared.migrations.run import head
from tests.proof.faults import Fault, Inject
from tests.proof.world import SERVICES, World
from tests.support.processes import ServiceProcess

_SESSION_SECONDS = 12.0
"""Longer than a member may be silent: its partitions go to another."""


def _kill(service: str) -> Inject:
    async def inject(here: World, dice: random.Random) -> None:
        """Started again at once, as a supervisor would."""
        process = here.process(service)
        await asyncio.to_thread(process.kill)
        process.start()

    return inject


async def _kill_again(here: World, dice: random.Random) -> None:
    """Any of them, several times, wherever the others are in their start."""
    for _ in range(3):
        await _kill(dice.choice(SERVICES))(here, dice)
        await asyncio.sleep(dice.uniform(0, 3))


def _freeze(service: str) -> Inject:
    async def inject(here: World, dice: random.Random) -> None:
        await _frozen(here.process(service), dice.uniform(0.5, 4))

    return inject


async def _frozen(process: ServiceProcess, seconds: float) -> None:
    process.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        process.signal(signal.SIGCONT)


async def _zombie(here: World, dice: random.Random) -> None:
    """Another takes over while it is frozen; then it goes on as if nothing had happened."""
    service = dice.choice(SERVICES)
    other = here.another(service)
    other.start()
    try:
        await other.ready()
        await _frozen(here.process(service), _SESSION_SECONDS)
        await asyncio.sleep(1)
    finally:
        await asyncio.to_thread(other.stop)


async def _member(here: World, dice: random.Random) -> None:
    """Another process joins and shares the partitions, works for a while and ends."""
    other = here.another(dice.choice(SERVICES))
    other.start()
    try:
        await other.ready()
        await asyncio.sleep(dice.uniform(0, 2))
    finally:
        await asyncio.to_thread(other.stop)


async def _restart(here: World, dice: random.Random) -> None:
    """As an update does: SIGTERM, which drains, and a new process."""
    process = here.process(dice.choice(SERVICES))
    assert await asyncio.to_thread(process.stop) == 0
    process.start()


async def _old_schema(here: World, dice: random.Random) -> None:
    """A process of a newer version does not begin on a schema before its own; it does after the
    migration.
    """
    process = here.process(dice.choice(SERVICES))
    await asyncio.to_thread(process.stop)
    await here.database.ask("update alembic_version set version_num = '0001_loop'")
    try:
        process.start()
        code = await asyncio.to_thread(process.wait, 60)
        assert code == 1, f"it began on an old schema: {process.log()[-500:]}"
    finally:
        await here.database.ask("update alembic_version set version_num = $1", head())
    process.start()


async def _clock(here: World, dice: random.Random) -> None:
    """All clocks go forward by up to ten minutes."""
    await here.pass_time(timedelta(seconds=dice.uniform(1, 600)))


FAULTS = [
    *(
        Fault(f"{what} of {name}", make(name), "usual", repeats=name == "notifier")
        for what, make in (("kill -9", _kill), ("SIGSTOP", _freeze))
        for name in SERVICES
    ),
    Fault("killed again before it is back", _kill_again, repeats=True),
    Fault("frozen while another takes over", _zombie, repeats=True),
    Fault("a member added and removed", _member),
    Fault("SIGTERM and a new process", _restart),
    Fault("an old schema beside a new binary", _old_schema),
    Fault("a clock that steps", _clock, "usual"),
]
