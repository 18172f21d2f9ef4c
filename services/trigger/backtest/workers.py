"""Runs a backtest in several processes: it uses all cores and delays nothing else."""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from services.trigger.backtest.rows import NOTHING, Report
from services.trigger.backtest.run import PAGE, Asked, over, pages
from services.trigger.tables.catalogs import Catalogs
from shared.postgres.database import create_engine

SHARE = 5 * PAGE
"""Accounts per task: a second or two, which it also continues after the caller has left."""

NICER = 10


async def run_shared(engine: AsyncEngine, url: str, asked: Asked, now: datetime) -> Report:
    """Of all accounts that are asked about; above one share with a process per core, each connected
    to `url`.
    """
    accounts = [account async for page in pages(engine, asked.account) for account in page]
    found = [report async for _, report in reports(engine, url, asked, accounts, now)]
    return await asyncio.to_thread(sum, found, NOTHING)


async def reports(
    engine: AsyncEngine, url: str, asked: Asked, accounts: Sequence[str], now: datetime
) -> AsyncGenerator[tuple[Sequence[str], Report], None]:
    """Share by share, in order. Close it (`aclosing`), so that its processes end with it."""
    if len(accounts) <= SHARE:
        for page in _cut(accounts, PAGE):
            yield page, await over(engine, Catalogs(), asked, page, now)
        return
    shares = _cut(accounts, SHARE)
    # Spawned, not forked: this process has threads, and a connection that must not be shared.
    fresh, processes = multiprocessing.get_context("spawn"), min(os.cpu_count() or 1, len(shares))
    pool = ProcessPoolExecutor(processes, fresh, initializer=os.nice, initargs=(NICER,))
    running = [asyncio.ensure_future(_share(pool, url, asked, share, now)) for share in shares]
    try:
        for share, report in zip(shares, running, strict=True):
            yield share, await report
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        pool.shutdown(wait=False, cancel_futures=True)


def _cut(accounts: Sequence[str], length: int) -> list[Sequence[str]]:
    return [accounts[begin : begin + length] for begin in range(0, len(accounts), length)]


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
