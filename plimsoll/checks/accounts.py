"""Parked accounts: how many, in which service, and why. Erasures that do not complete; lists of
accounts that are behind.
"""

import asyncio
from collections.abc import Sequence

import asyncpg

from plimsoll.checks.finding import Finding
from shared.postgres.database import connect

_PARKED = """
    select service, part, reason, count(distinct account) as accounts, min(since) as since,
        min(account) as account
    from parked where kind = 'parked' group by service, part, reason order by count(*) desc,
        service, part, reason limit 10
"""

_ERASURES = """
    select concat_ws(', ', case when bool_or(ingest_at is null) then 'ingest' end,
                     case when bool_or(trigger_at is null) then 'trigger' end,
                     case when bool_or(notifier_at is null) then 'notifier' end) as services,
           count(*) as number, min(requested_at) as oldest
    from erasure where account is not null and requested_at < now() - interval '1 hour' having
        count(*) > 0
"""

_BEHIND = """
    select at from account_overview_mark where at < clock_timestamp() - interval '15 minutes'
    order by id limit 1
"""


async def check(database_url: str) -> list[Finding]:
    try:
        async with asyncio.timeout(10):
            connection = await connect(database_url, name="plimsoll-doctor")
            try:
                rows = await connection.fetch(_PARKED)
                erasures = await connection.fetch(_ERASURES)
                behind = await connection.fetch(_BEHIND)
            finally:
                await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return []  # faults of PostgreSQL or its schema have their own findings
    return [*_parked(rows), *map(_waits, erasures), *map(_behind, behind)]


def _behind(row: "asyncpg.Record") -> Finding:
    return Finding(
        "lists",
        f"lists of accounts lack what has changed since {row['at']:%Y-%m-%d %H:%M} UTC",
        "start the trigger, or look for overviews_paused in its log; it catches up automatically",
        warning=True,
    )


def _waits(row: "asyncpg.Record") -> Finding:
    number = "1 erasure waits" if row["number"] == 1 else f"{row['number']} erasures wait"
    told = (
        f"{number}, the oldest since {row['oldest']:%Y-%m-%d %H:%M} UTC: "
        f"{row['services']} still with rows of it"
    )
    return Finding(
        "erasure",
        told,
        "start that service, or look for erasure_failed in its log; it continues automatically",
    )


def _parked(rows: Sequence["asyncpg.Record"]) -> list[Finding]:
    if not rows:
        return [Finding("accounts", "none is parked")]
    remedy = (
        "GET /v1/parked says what waits and where it failed; "
        "it is retried automatically, or now with POST /v1/parked/{id}:retry"
    )
    return [Finding("accounts", _told(row), remedy) for row in rows]


def _told(row: "asyncpg.Record") -> str:
    number = row["accounts"]
    which = f"{number} accounts, {row['account']} first," if number > 1 else f"{row['account']}"
    return (
        f"{which} parked in {row['service']} since {row['since']:%Y-%m-%d %H:%M} UTC: "
        f"{row['part']}: {row['reason']}"
    )
