"""Is everything that is due by the (test) clock done? Checked in the database and on the broker, so
that it holds for all processes. A scheduler reports through a row `done:<name>` in `app_state`:
"everything due up to this time is done".
"""

import asyncio
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.kafka.clients import SERVICE_TOPICS
from shared.postgres.database import transaction
from shared.runtime.context import Context

_PAUSE_SECONDS = 0.02
_STEADY = 2
"""How many checks in a row must find nothing: work moves from one place to the next between two
checks.
"""

_REPORT = text(
    """
    insert into app_state (key, value) values ('done:' || :name, jsonb_build_object('at',
        cast(:at as text)))
    on conflict (key) do update set value = excluded.value, updated_at = clock_timestamp()
    """
)
_SCHEDULES = text(
    "select substring(key from 6) as name, value ->> 'at' as at "
    "from app_state where key like 'done:%'"
)
_OUTBOX = text("select distinct service from outbox")
# Deliveries report for themselves: a due one may wait for a channel that does not work.
_PARKED = text(
    "select distinct service from parked where next_attempt_at <= :now and lane <> 'delivery'"
)
_OFFSETS = text("select service, topic, partition, next_offset from consumer_offset")


async def report_done(engine: AsyncEngine, name: str, at: datetime) -> None:
    """A scheduler reports that all of its work due at or before `at` is done. Call it only while
    the test clock is on.
    """
    async with transaction(engine) as conn:
        await conn.execute(_REPORT, {"name": name, "at": at.isoformat()})


async def pending_after(context: Context, now: datetime, seconds: float) -> list[str]:
    """Waits up to `seconds` until nothing is pending; returns what still is."""
    until = asyncio.get_running_loop().time() + seconds
    quiet, found = 0, ["everything"]
    while asyncio.get_running_loop().time() < until:
        found = await _pending(context, now)
        quiet = 0 if found else quiet + 1
        if quiet >= _STEADY:
            return []
        await asyncio.sleep(_PAUSE_SECONDS)
    return found


async def _pending(context: Context, now: datetime) -> list[str]:
    async with transaction(context.engine) as conn:
        found = [f"schedule {name}" for name in await _late(conn, now)]
        found += [f"outbox of {row.service}" for row in await conn.execute(_OUTBOX)]
        found += [
            f"parked accounts of {row.service}" for row in await conn.execute(_PARKED, {"now": now})
        ]
        stored = {
            (row.service, row.topic, row.partition): row.next_offset
            for row in await conn.execute(_OFFSETS)
        }
    found += await _unread(context, stored)
    for name, done in context.quiescence.items():
        if not await done():
            found.append(name)
    return found


async def _late(conn: AsyncConnection, now: datetime) -> list[str]:
    return [
        row.name for row in await conn.execute(_SCHEDULES) if datetime.fromisoformat(row.at) < now
    ]


async def _unread(context: Context, stored: dict[tuple[str, str, int], int]) -> list[str]:
    topics = sorted({topic for topics in SERVICE_TOPICS.values() for topic in topics})
    ends = await context.probe.offsets(topics, "end")
    unread = []
    for service, read in SERVICE_TOPICS.items():
        for topic in read:
            for partition in (partition for partition in ends if partition.topic == topic):
                if stored.get((service, topic, partition.partition), 0) < ends[partition]:
                    unread.append(f"{topic} {partition.partition} in {service}")
    return unread
