"""The same backtest by several processes, for a command line that has the machine to itself. The service runs it in its own process."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from services.trigger.backtest.backtest import PAGE, Asked, over, pages, run
from services.trigger.backtest.rows import Report, Row, compare
from services.trigger.tables.catalogs import Catalogs
from shared.database import create_engine

SHARE = 25 * PAGE
"""Accounts that a process is given at once."""


async def run_shared(engine: AsyncEngine, url: str, asked: Asked, now: datetime, processes: int) -> Report:
    """As `run`; each process has a connection of its own to the database at `url`."""
    accounts = [account async for page in pages(engine, asked.account) for account in page]
    shares = [accounts[begin : begin + SHARE] for begin in range(0, len(accounts), SHARE)]
    if min(processes, len(shares)) < 2:
        return await run(engine, Catalogs(), asked, now)
    # Started fresh, not forked: this process has threads, and a connection that is not to be shared.
    with ProcessPoolExecutor(min(processes, len(shares)), mp_context=multiprocessing.get_context("spawn")) as pool:
        found = await asyncio.gather(*(_share(pool, url, asked, share, now) for share in shares))
    return compare((row for would, _ in found for row in would), (row for _, sent in found for row in sent))


async def _share(pool: Executor, url: str, asked: Asked, accounts: Sequence[str], now: datetime) -> tuple[list[Row], list[Row]]:
    return await asyncio.get_running_loop().run_in_executor(pool, _work, url, asked, accounts, now)


def _work(url: str, asked: Asked, accounts: Sequence[str], now: datetime) -> tuple[list[Row], list[Row]]:
    return asyncio.run(_run(url, asked, accounts, now))


async def _run(url: str, asked: Asked, accounts: Sequence[str], now: datetime) -> tuple[list[Row], list[Row]]:
    engine = create_engine(url, name="plimsoll-backtest", pool_size=1)
    try:
        return await over(engine, Catalogs(), asked, accounts, now)
    finally:
        await engine.dispose()
