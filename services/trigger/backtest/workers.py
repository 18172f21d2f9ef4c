"""Runs a backtest in several processes: it uses all cores and delays nothing else."""

import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from services.trigger.backtest.rows import NOTHING, Report
from services.trigger.backtest.run import PAGE, Asked, over, pages, run
from services.trigger.tables.catalogs import Catalogs
from shared.postgres.database import create_engine

SHARE = 5 * PAGE
"""Accounts per task: a second or two, which it also continues after the caller has left."""

NICER = 10


async def run_shared(engine: AsyncEngine, url: str, asked: Asked, now: datetime) -> Report:
    """As `run`; above one share with a process per core, each connected to `url`."""
    accounts = [account async for page in pages(engine, asked.account) for account in page]
    shares = [accounts[begin : begin + SHARE] for begin in range(0, len(accounts), SHARE)]
    if len(shares) < 2:
        return await run(engine, Catalogs(), asked, now)
    # Spawned, not forked: this process has threads, and a connection that must not be shared.
    fresh, processes = multiprocessing.get_context("spawn"), min(os.cpu_count() or 1, len(shares))
    pool = ProcessPoolExecutor(processes, fresh, initializer=os.nice, initargs=(NICER,))
    try:
        found = await asyncio.gather(*(_share(pool, url, asked, share, now) for share in shares))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return await asyncio.to_thread(sum, found, NOTHING)


async def _share(
    pool: Executor, url: str, asked: Asked, accounts: Sequence[str], now: datetime
) -> Report:
    return await asyncio.get_running_loop().run_in_executor(pool, _work, url, asked, accounts, now)


def _work(url: str, asked: Asked, accounts: Sequence[str], now: datetime) -> Report:
    return asyncio.run(_run(url, asked, accounts, now))


async def _run(url: str, asked: Asked, accounts: Sequence[str], now: datetime) -> Report:
    engine = create_engine(url, name="plimsoll-backtest", pool_size=1)
    try:
        return await over(engine, Catalogs(), asked, accounts, now)
    finally:
        await engine.dispose()
