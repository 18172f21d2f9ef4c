"""Accounts that are set aside after a fault: how many, of which service, and why."""

import asyncio

import asyncpg

from plimsoll.checks.finding import Finding
from shared.database import connect

_PARKED = """
    select service, part, reason, count(distinct account) as accounts, min(since) as since, min(account) as account
    from parked where kind = 'parked' group by service, part, reason order by count(*) desc, service, part, reason limit 10
"""


async def check(database_url: str) -> list[Finding]:
    try:
        async with asyncio.timeout(10):
            connection = await connect(database_url, name="plimsoll-doctor")
            try:
                rows = await connection.fetch(_PARKED)
            finally:
                await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return []  # what is wrong with PostgreSQL or its schema has findings of its own
    if not rows:
        return [Finding("accounts", "none is parked")]
    remedy = "GET /v1/parked says what waits and where it failed; it is tried again by itself, at once after POST /v1/parked/{id}:retry"
    return [Finding("accounts", _told(row), remedy) for row in rows]


def _told(row: "asyncpg.Record") -> str:
    number = row["accounts"]
    which = f"{number} accounts, {row['account']} first," if number > 1 else f"{row['account']}"
    return f"{which} parked in {row['service']} since {row['since']:%Y-%m-%d %H:%M} UTC: {row['part']}: {row['reason']}"
