"""The processes that have said that they run, and records that nobody has looked at yet."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from plimsoll.checks.finding import Finding
from shared.operations import instances
from shared.operations.standings import Instance
from shared.operations.view import EXPECTED
from shared.postgres.database import create_engine, transaction
from shared.postgres.errors import DatabaseUnavailable

_REJECTED = text(
    """
    select service, reason, count(*) as number, (sum(count(*)) over ())::bigint as everything
    from (select service, reason from event_rejected where state = 'open'
        order by id desc limit 100000) r
    group by service, reason order by number desc, service, reason limit 1
    """
)


async def check(database_url: str) -> list[Finding]:
    engine = create_engine(database_url, name="plimsoll-doctor", pool_size=1)
    try:
        async with asyncio.timeout(10), transaction(engine) as conn:
            return [*told(await instances.read(conn)), *await _rejected(conn)]
    except (TimeoutError, DatabaseUnavailable, DBAPIError):
        return []  # faults of PostgreSQL or its schema have their own findings
    finally:
        await engine.dispose()


def told(found: Sequence[Instance]) -> list[Finding]:
    """Nothing if none runs: that may be meant."""
    fresh = [one for one in found if one.is_fresh]
    if not fresh:
        return []
    faults = [_not_ready(one) for one in fresh if not one.is_ready]
    faults += [
        Finding("processes", f"no process of {service} runs", f"start one: plimsoll {service}")
        for service in EXPECTED
        if not any(one.service == service for one in fresh)
    ]
    silent = [_silent(one) for one in found if not one.is_fresh]
    return [*(faults or [Finding("processes", _running(fresh))]), *silent]


def _running(fresh: Sequence[Instance]) -> str:
    services = sorted({one.service for one in fresh})
    numbers = (sum(one.service == service for one in fresh) for service in services)
    return ", ".join(
        f"{service} {number}" for service, number in zip(services, numbers, strict=True)
    )


def _not_ready(one: Instance) -> Finding:
    why = (one.fault or "").replace("\n", "; ")
    since = f" since {one.since:%Y-%m-%d %H:%M} UTC" if one.since else ""
    return Finding(
        "processes",
        f"{one.service} in {one.name} is not ready{since}: {why}",
        "fix what it names; it recovers automatically",
    )


def _silent(one: Instance) -> Finding:
    return Finding(
        "processes",
        f"{one.service} in {one.name} has not been seen since {one.seen_at:%Y-%m-%d %H:%M} UTC",
        "it has ended without saying so, or cannot reach PostgreSQL: look at the end of its log",
        warning=True,
    )


async def _rejected(conn: AsyncConnection) -> list[Finding]:
    row = (await conn.execute(_REJECTED)).one_or_none()
    if row is None:
        return [Finding("rejected", "no record is open")]
    number = "1 record is" if row.everything == 1 else f"{row.everything} records are"
    return [
        Finding(
            "rejected",
            f"{number} open, {row.number} of {row.service} with: {row.reason[:200]}",
            "GET /v1/events/rejected has them: correct and replay them, or dismiss them",
            warning=True,
        )
    ]
