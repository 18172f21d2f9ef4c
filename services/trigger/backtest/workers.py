"""The same backtest by several processes: nothing that a service does waits for it, and all cores share it."""

import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from services.trigger.backtest.backtest import PAGE, Asked, over, pages, run
from services.trigger.backtest.rows import NOTHING, Report
from services.trigger.tables.catalogs import Catalogs
from shared.database import create_engine

SHARE = 5 * PAGE
"""Accounts that a process is given at once: a second or two, which is also how long it goes on for somebody who no longer waits."""

NICER = 10


async def run_shared(engine: AsyncEngine, url: str, asked: Asked, now: datetime) -> Report:
    """As `run`; beyond one share by a process for each core, with a connection of its own to the database at `url`."""
    accounts = [account async for page in pages(engine, asked.account) for account in page]
    shares = [accounts[begin : begin + SHARE] for begin in range(0, len(accounts), SHARE)]
    if len(shares) < 2:
        return await run(engine, Catalogs(), asked, now)
    # Started fresh, not forked: this process has threads, and a connection that is not to be shared.
    fresh, processes = multiprocessing.get_context("spawn"), min(os.cpu_count() or 1, len(shares))
    pool = ProcessPoolExecutor(processes, fresh, initializer=os.nice, initargs=(NICER,))
    try:
        found = await asyncio.gather(*(_share(pool, url, asked, share, now) for share in shares))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return await asyncio.to_thread(sum, found, NOTHING)


async def _share(pool: Executor, url: str, asked: Asked, accounts: Sequence[str], now: datetime) -> Report:
    return await asyncio.get_running_loop().run_in_executor(pool, _work, url, asked, accounts, now)


def _work(url: str, asked: Asked, accounts: Sequence[str], now: datetime) -> Report:
    return asyncio.run(_run(url, asked, accounts, now))


async def _run(url: str, asked: Asked, accounts: Sequence[str], now: datetime) -> Report:
    engine = create_engine(url, name="plimsoll-backtest", pool_size=1)
    try:
        return await over(engine, Catalogs(), asked, accounts, now)
    finally:
        await engine.dispose()
