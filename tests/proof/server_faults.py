"""Faults of PostgreSQL and of Kafka as servers."""

import asyncio
import random
from contextlib import AsyncExitStack, suppress

import asyncpg

from shared.embedded import EmbeddedError, EmbeddedKafka, EmbeddedPostgres
from tests.proof.faults import Fault
from tests.proof.world import World

_TRIES = 5
_END_OURS = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name like 'plimsoll%' and pid <> pg_backend_pid()
"""
_READ_ONLY = "alter system set default_transaction_read_only = "


async def _start(server: EmbeddedPostgres | EmbeddedKafka) -> None:
    """After a crash the first start may meet what is left of the process before it."""
    for attempt in range(_TRIES):
        try:
            await asyncio.to_thread(server.start)
            return
        except EmbeddedError:
            if attempt == _TRIES - 1:
                raise
        await asyncio.sleep(1)


async def _kill_postgres(here: World, dice: random.Random) -> None:
    await asyncio.to_thread(here.postgres.kill)
    await asyncio.sleep(dice.uniform(0, 2))
    await _start(here.postgres)


async def _kill_kafka(here: World, dice: random.Random) -> None:
    await asyncio.to_thread(here.kafka.kill)
    await asyncio.sleep(dice.uniform(0, 2))
    await _start(here.kafka)


async def _freeze_postgres(here: World, dice: random.Random) -> None:
    here.postgres.pause()
    try:
        await asyncio.sleep(dice.uniform(0.5, 13))
    finally:
        here.postgres.resume()


async def _freeze_kafka(here: World, dice: random.Random) -> None:
    here.kafka.pause()
    try:
        await asyncio.sleep(dice.uniform(0.5, 13))
    finally:
        here.kafka.resume()


async def _exhaust(here: World, dice: random.Random) -> None:
    """Somebody else takes every connection, also those that ours had."""
    async with AsyncExitStack() as stack:
        await here.database.ask(_END_OURS)
        for _ in range(200):
            try:
                connection = await asyncpg.connect(here.postgres.url, timeout=5)
            except (asyncpg.TooManyConnectionsError, OSError, TimeoutError):
                break
            stack.callback(connection.terminate)
        await asyncio.sleep(dice.uniform(0.5, 3))


async def _end_backends(here: World, dice: random.Random) -> None:
    await here.database.ask(_END_OURS)


async def _read_only(here: World, dice: random.Random) -> None:
    await here.database.run(f"{_READ_ONLY}on")
    try:
        await here.database.ask("select pg_reload_conf()")
        await asyncio.sleep(dice.uniform(0.5, 3))
    finally:
        await here.database.run(f"{_READ_ONLY}off")
        await here.database.ask("select pg_reload_conf()")


async def _fill_disk(here: World, dice: random.Random) -> None:
    """PostgreSQL may crash on it; an operator makes room and starts it."""
    assert here.disk is not None
    here.disk.fill()
    await asyncio.sleep(dice.uniform(2, 5))
    here.disk.empty()
    if not await asyncio.to_thread(here.postgres.ready):
        with suppress(EmbeddedError):
            await asyncio.to_thread(here.postgres.kill)
        await _start(here.postgres)


async def _kill_everything(here: World, dice: random.Random) -> None:
    """As a machine that loses its power, except that what was written stays: all is started again
    in any order.
    """
    for process in here.processes.values():
        await asyncio.to_thread(process.kill)
    await asyncio.gather(asyncio.to_thread(here.postgres.kill), asyncio.to_thread(here.kafka.kill))
    for process in here.processes.values():
        process.start()
    await asyncio.gather(_start(here.postgres), _start(here.kafka))


FAULTS = [
    Fault("kill -9 of PostgreSQL", _kill_postgres, "usual", repeats=True),
    Fault("kill -9 of Kafka", _kill_kafka, "usual"),
    Fault("SIGSTOP of PostgreSQL", _freeze_postgres, "usual", repeats=True),
    Fault("SIGSTOP of Kafka", _freeze_kafka, "usual"),
    Fault("kill -9 of everything", _kill_everything, repeats=True),
    Fault("all backends terminated", _end_backends, "low", repeats=True),
    Fault("no connection left", _exhaust, repeats=True),
    Fault("PostgreSQL only reads", _read_only, repeats=True),
    Fault("the disk is full", _fill_disk, repeats=True, small_disk=True),
]
