"""What is spent while nobody asks for anything."""

import asyncio
import time
from collections.abc import Sequence

import psutil

from plimsoll.composition import SERVICES
from services.console.service import build as console
from services.trigger.overview.keeper import MOST_SWEPT
from services.trigger.tables.lists import marks
from shared.embedded import Addresses
from shared.kafka.clients import ensure_topics
from shared.postgres.database import create_engine, transaction
from shared.runtime.service import Build
from shared.runtime.settings import Settings, load_settings
from tests.benchmarks.environment import environment
from tests.support.databases import migrated_template, new_database, url_of
from tests.support.serving import serving

ROUNDS, SECONDS, SETTLED_SECONDS = 3, 20.0, 5.0


async def measure(stack: Addresses) -> dict[str, dict[str, float]]:
    """`console_idle_cpu_s`: CPU seconds a minute of this process with all services, those of
    PostgreSQL and Kafka beside it; with the console and without it, in turns. Of each the least:
    whatever else the machine does only adds to it. `more`: the difference.
    """
    found: dict[bool, list[float]] = {True: [], False: []}
    async with (
        migrated_template(stack.postgres_url) as template,
        new_database(stack.postgres_url, template=template) as name,
    ):
        settings = load_settings(environment(stack, url_of(stack.postgres_url, name)))
        await ensure_topics(settings)
        for turn in range(ROUNDS * 2):
            # A, B, B, A, A, B: what changes slowly meanwhile falls on both alike.
            has_console = turn % 4 in (0, 3)
            builds = [one for one in SERVICES if has_console or one is not console]
            found[has_console].append(await _idle(settings, builds))
    with_it, without = min(found[True]), min(found[False])
    told = {"with": with_it, "without": without, "more": with_it - without}
    return {"console_idle_cpu_s": {name: round(one, 2) for name, one in told.items()}}


async def sweep(settings: Settings) -> float:
    """CPU ms of PostgreSQL for a sweep that finds nothing moved."""
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, name="sweep")
    try:
        async with transaction(engine) as conn:
            now = (await conn.exec_driver_sql("select now()")).scalar_one()
            await marks.moved(conn, now, MOST_SWEPT)
            pid = (await conn.exec_driver_sql("select pg_backend_pid()")).scalar_one()
            process = psutil.Process(pid)
            before = sum(process.cpu_times()[:2])
            for _ in range(ROUNDS):
                await marks.moved(conn, now, MOST_SWEPT)
            return round((sum(process.cpu_times()[:2]) - before) * 1_000 / ROUNDS, 1)
    finally:
        await engine.dispose()


async def _idle(settings: Settings, builds: Sequence[Build]) -> float:
    async with serving(settings, builds):
        await asyncio.sleep(SETTLED_SECONDS)
        before, began = _cpu(), time.monotonic()
        await asyncio.sleep(SECONDS)
        return (_cpu() - before) * 60 / (time.monotonic() - began)


def _cpu() -> float:
    """Of this process and all that it has started, PostgreSQL among them, those that ended too."""
    here = psutil.Process()
    spent = 0.0
    for process in (here, *here.children(recursive=True)):
        try:
            spent += sum(process.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return spent
