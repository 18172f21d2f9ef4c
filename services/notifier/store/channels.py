"""Channel settings, and what their receivers refuse."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.quantities import dumps


@dataclass(frozen=True, slots=True, repr=False)
class ChannelRow:
    """`secrets` is encrypted. A channel that was turned off keeps its row, so that settings of the environment do not turn it on again."""

    name: str
    settings: Mapping[str, Any]
    secrets: str
    created_at: datetime
    updated_at: datetime
    off_at: datetime | None
    off_reason: str | None


@dataclass(frozen=True, slots=True)
class Block:
    config: str
    reason: str
    at: datetime


async def read(conn: AsyncConnection, name: str) -> ChannelRow | None:
    row = (await conn.execute(_READ, {"name": name})).one_or_none()
    return None if row is None else ChannelRow(*row)


_COLUMNS = "name, settings, secrets, created_at, updated_at, off_at, off_reason"
_READ = text(f"select {_COLUMNS} from channel where name = :name")


async def read_locked(conn: AsyncConnection, name: str) -> ChannelRow | None:
    """The same; two callers who change a channel take turns, also where there is no row yet."""
    await conn.execute(_LOCK, {"name": name})
    return await read(conn, name)


_LOCK = text("select pg_advisory_xact_lock(hashtextextended('channel ' || :name, 7))")


async def rows(conn: AsyncConnection) -> dict[str, bool]:
    """Which channels have settings of their own, and whether they are on."""
    return {row.name: row.off_at is None for row in await conn.execute(_ROWS)}


_ROWS = text("select name, off_at from channel")


async def put(conn: AsyncConnection, name: str, settings: Mapping[str, Any], secrets: str, now: datetime) -> None:
    """Also turns it on."""
    await conn.execute(_PUT, {"name": name, "settings": dumps(dict(settings)).decode(), "secrets": secrets, "now": now})


_PUT = text(
    """
    insert into channel (name, settings, secrets, created_at, updated_at) values (:name, cast(:settings as jsonb), :secrets, :now, :now)
    on conflict (name) do update set settings = excluded.settings, secrets = excluded.secrets, updated_at = :now, off_at = null,
    off_reason = null, created_at = case when channel.off_at is null then channel.created_at else :now end
    """
)


async def secrets_of(conn: AsyncConnection) -> dict[str, str]:
    """Of every channel that is on, encrypted."""
    return {row.name: row.secrets for row in await conn.execute(_SECRETS)}


_SECRETS = text("select name, secrets from channel where off_at is null order by name")


async def renew(conn: AsyncConnection, name: str, before: str, after: str) -> None:
    """The same secrets under another key, where nobody has set the channel meanwhile."""
    await conn.execute(_RENEW, {"name": name, "before": before, "after": after})


_RENEW = text("update channel set secrets = :after where name = :name and secrets = :before")


async def turn_off(conn: AsyncConnection, name: str, reason: str, now: datetime) -> None:
    """Forgets its secrets too."""
    await conn.execute(_OFF, {"name": name, "reason": reason, "now": now})


_OFF = text(
    """
    insert into channel (name, settings, secrets, created_at, updated_at, off_at, off_reason) values (:name, '{}', '', :now, :now, :now,
    :reason) on conflict (name) do update set settings = '{}', secrets = '', updated_at = :now, off_at = :now, off_reason = :reason
    """
)


async def block(conn: AsyncConnection, name: str, config: str, reason: str, now: datetime) -> None:
    """Nothing is sent with these settings any more, by any process, until they change."""
    await conn.execute(_BLOCK, {"name": name, "config": config, "reason": reason, "now": now})


_BLOCK = text(
    """
    insert into channel_block (channel, config, reason, at) values (:name, :config, :reason, :now)
    on conflict (channel) do update set config = excluded.config, reason = excluded.reason, at = excluded.at
    """
)


async def unblock(conn: AsyncConnection, name: str) -> None:
    await conn.execute(_UNBLOCK, {"name": name})


_UNBLOCK = text("delete from channel_block where channel = :name")


async def blocked(conn: AsyncConnection, name: str, config: str) -> Block | None:
    row = (await conn.execute(_BLOCKED, {"name": name, "config": config})).one_or_none()
    return None if row is None else Block(*row)


_BLOCKED = text("select config, reason, at from channel_block where channel = :name and config = :config")
