"""How long a backtest of ten thousand accounts and ninety days takes: under a minute."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from services.trigger.backtest.run import Asked
from services.trigger.backtest.workers import run_shared
from shared.catalog import Catalog
from shared.embedded import Addresses
from shared.postgres.database import create_engine
from tests.benchmarks.population import insert
from tests.support.catalogs import catalog
from tests.support.databases import migrated_template, new_database, url_of


def smaller(sold: Catalog) -> Catalog:
    """Returns the same plans with every limit a fifth lower."""
    plans = {}
    for key, plan in sold.plans.items():
        limits = {
            meter: replace(one, limit=one.limit and one.limit * 4 / 5)
            for meter, one in plan.limits.items()
        }
        plans[key] = replace(plan, limits=limits)
    return replace(sold, plans=plans)


async def measure(
    stack: Addresses, *, accounts: int = 10_000, days: int = 90, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """`backtest`: `seconds` for these accounts and days, and the number of messages."""
    async with (
        migrated_template(stack.postgres_url) as template,
        new_database(stack.postgres_url, template=template) as name,
    ):
        url = url_of(stack.postgres_url, name)
        connection = await asyncpg.connect(url)
        try:
            began = time.perf_counter()
            await insert(connection, catalog("global"), accounts, days)
            say(
                f"backtest: {accounts:,} accounts x {days} days "
                f"made in {time.perf_counter() - began:.0f} s"
            )
        finally:
            await connection.close()
        seconds, found = await _time(url, days)
    say(f"backtest: {seconds:.1f} s, {found:,} messages")
    return {
        "backtest": {
            "accounts": accounts,
            "days": days,
            "seconds": round(seconds, 1),
            "messages": found,
        }
    }


async def _time(url: str, days: int) -> tuple[float, int]:
    engine = create_engine(url, name="bench-backtest", pool_size=1)
    try:
        began = time.perf_counter()
        asked = Asked(smaller(catalog("global")), timedelta(days=days))
        report = await run_shared(engine, url, asked, datetime.now(UTC))
        return time.perf_counter() - began, len(report.would)
    finally:
        await engine.dispose()
