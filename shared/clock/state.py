"""The test clock's offset in `app_state`. Every process follows it: through NOTIFY within
milliseconds, by polling within a second.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.clock.clock import CHANNEL, STATE_KEY, Clock
from shared.postgres.database import notify, transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.postgres.wake import Wake
from shared.runtime.backoff import Backoff
from shared.values.bounds import FIRST_YEAR, LAST_YEAR

_LATEST = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)

_READ = text("select value from app_state where key = :key")
_LOCK = text("select pg_advisory_xact_lock(7274616202)")
_WRITE = text(
    """
    insert into app_state (key, value) values (:key, jsonb_build_object('offset_seconds',
        cast(:seconds as numeric)))
    on conflict (key) do update set value = excluded.value, updated_at = clock_timestamp()
    """
)


async def refresh(engine: AsyncEngine, clock: Clock) -> None:
    """Adopts the stored offset."""
    async with transaction(engine) as conn:
        offset = await _stored(conn)
    clock.follow(offset or timedelta())


async def set_now(engine: AsyncEngine, clock: Clock, now: datetime) -> None:
    """Stores the offset that makes the time `now`. ValueError if that would turn the clock back,
    except the first time.
    """
    if not _EARLIEST <= now <= _LATEST:
        raise ValueError("must lie between 1990 and 2200")
    async with transaction(engine) as conn:
        await conn.execute(_LOCK)
        before = await _stored(conn)
        real = datetime.now(UTC)
        if before is not None and now < real + before:
            raise ValueError("would turn the clock back")
        await conn.execute(_WRITE, {"key": STATE_KEY, "seconds": _seconds(now - real)})
        await notify(conn, CHANNEL)
    clock.follow(now - real)


async def follow(engine: AsyncEngine, clock: Clock, wake: Wake, stop: asyncio.Event) -> None:
    """The task that keeps this process's clock in step with the stored offset."""
    signal, backoff = wake.signal(CHANNEL), Backoff()
    while not stop.is_set():
        try:
            await refresh(engine, clock)
            backoff.reset()
        except DatabaseUnavailable:
            await backoff.wait(stop)
        await signal.wait(0.5)


async def _stored(conn: AsyncConnection) -> timedelta | None:
    value: dict[str, Any] | None = (
        await conn.execute(_READ, {"key": STATE_KEY})
    ).scalar_one_or_none()
    return (
        None
        if value is None
        else timedelta(microseconds=int(Decimal(str(value["offset_seconds"])) * 1_000_000))
    )


def _seconds(offset: timedelta) -> Decimal:
    return Decimal(offset // timedelta(microseconds=1)) / 1_000_000
