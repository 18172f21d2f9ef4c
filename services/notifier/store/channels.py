"""Channel settings, and blocks by their receivers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.schedule import BLOCKED
from shared.postgres import changes
from shared.values.quantities import dumps


@dataclass(frozen=True, slots=True, repr=False)
class ChannelRow:
    """`secrets` is encrypted.

    A channel that was turned off keeps its row, so that the environment does not turn it on again.
    `disabled`: its receiver ended it, not a person. It is off too, but keeps settings and secrets.
    """

    name: str
    settings: Mapping[str, Any]
    secrets: str
    created_at: datetime
    updated_at: datetime
    off_at: datetime | None
    off_reason: str | None
    disabled: bool

    @property
    def kept(self) -> bool:
        """Whether its settings still exist."""
        return self.off_at is None or self.disabled


@dataclass(frozen=True, slots=True)
class Block:
    reason: str
    since: datetime
    next_attempt_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    on: bool
    disabled: str | None  # why


async def read(conn: AsyncConnection, name: str) -> ChannelRow | None:
    row = (await conn.execute(_READ, {"name": name})).one_or_none()
    return None if row is None else ChannelRow(*row)


_COLUMNS = "name, settings, secrets, created_at, updated_at, off_at, off_reason, disabled"
_READ = text(f"select {_COLUMNS} from channel where name = :name")


async def read_locked(conn: AsyncConnection, name: str) -> ChannelRow | None:
    """The same under a lock: callers who change a channel take turns, even if it has no row yet."""
    await conn.execute(_LOCK, {"name": name})
    return await read(conn, name)


_LOCK = text("select pg_advisory_xact_lock(hashtextextended('channel ' || :name, 7))")


async def rows(conn: AsyncConnection) -> dict[str, Standing]:
    """Returns the state of the channels that have settings in the database."""
    return {
        row.name: standing(row.off_at, row.off_reason, disabled=row.disabled)
        for row in await conn.execute(_ROWS)
    }


def standing(off_at: datetime | None, off_reason: str | None, *, disabled: bool) -> Standing:
    return Standing(off_at is None, off_reason if disabled else None)


_ROWS = text("select name, off_at, off_reason, disabled from channel")


async def put(
    conn: AsyncConnection, name: str, settings: Mapping[str, Any], secrets: str, now: datetime
) -> None:
    """Stores the settings and turns the channel on."""
    await conn.execute(
        _PUT,
        {"name": name, "settings": dumps(dict(settings)).decode(), "secrets": secrets, "now": now},
    )
    changes.note(conn, "operations", ["channels"])


_PUT = text(
    """
    insert into channel (name, settings, secrets, created_at, updated_at) values (:name,
        cast(:settings as jsonb), :secrets, :now, :now)
    on conflict (name) do update set settings = excluded.settings, secrets = excluded.secrets,
        updated_at = :now, off_at = null, off_reason = null, disabled = false,
        created_at = case when channel.off_at is null or channel.disabled
                          then channel.created_at else :now end
    """
)


async def secrets_of(conn: AsyncConnection) -> dict[str, str]:
    """Returns the encrypted secrets of every channel that still has them."""
    return {row.name: row.secrets for row in await conn.execute(_SECRETS)}


_SECRETS = text("select name, secrets from channel where off_at is null or disabled order by name")


async def renew(conn: AsyncConnection, name: str, before: str, after: str) -> None:
    """Stores the same secrets under another key, unless the channel was set meanwhile."""
    await conn.execute(_RENEW, {"name": name, "before": before, "after": after})


_RENEW = text("update channel set secrets = :after where name = :name and secrets = :before")


async def turn_off(conn: AsyncConnection, name: str, reason: str, now: datetime) -> None:
    """Also deletes its secrets."""
    await conn.execute(_OFF, {"name": name, "reason": reason, "now": now})
    changes.note(conn, "operations", ["channels"])


_OFF = text(
    """
    insert into channel (name, settings, secrets, created_at, updated_at, off_at,
        off_reason) values (:name, '{}', '', :now, :now, :now,
    :reason) on conflict (name) do update set settings = '{}', secrets = '', updated_at = :now,
        off_at = :now, off_reason = :reason,
    disabled = false
    """
)


async def disable(conn: AsyncConnection, name: str, reason: str, now: datetime) -> None:
    """Its receiver no longer accepts anything. Settings and secrets stay for a later `put`."""
    await conn.execute(_DISABLE, {"name": name, "reason": reason, "now": now})
    changes.note(conn, "operations", ["channels"])


_DISABLE = text(
    "update channel set off_at = :now, off_reason = :reason, disabled = true "
    "where name = :name and off_at is null"
)


async def block(conn: AsyncConnection, name: str, config: str, reason: str, now: datetime) -> None:
    """Stops all processes from sending with these settings, except for a probe every 15 minutes."""
    await conn.execute(
        _BLOCK,
        {"name": name, "config": config, "reason": reason, "now": now, "next": now + BLOCKED},
    )
    changes.note(conn, "operations", ["channels"])


_BLOCK = text(
    """
    insert into channel_block (channel, config, reason, at, since, next_attempt_at) values (:name,
        :config, :reason, :now, :now, :next)
    on conflict (channel) do update set config = excluded.config, reason = excluded.reason,
        at = excluded.at,
    next_attempt_at = excluded.next_attempt_at,
    since = case when channel_block.config = excluded.config then coalesce(channel_block.since,
        channel_block.at) else excluded.since end
    """
)


async def unblock(conn: AsyncConnection, name: str) -> None:
    await conn.execute(_UNBLOCK, {"name": name})
    changes.note(conn, "operations", ["channels"])


_UNBLOCK = text("delete from channel_block where channel = :name")


async def forget_block(conn: AsyncConnection, name: str, config: str) -> None:
    """Deletes a block for other settings than these."""
    await conn.execute(_FORGET_BLOCK, {"name": name, "config": config})


_FORGET_BLOCK = text("delete from channel_block where channel = :name and config <> :config")


async def blocked(conn: AsyncConnection, name: str, config: str) -> Block | None:
    row = (await conn.execute(_BLOCKED, {"name": name, "config": config})).one_or_none()
    return None if row is None else Block(*row)


# Blocks of the previous version have neither time.
_BLOCK_COLUMNS = "reason, coalesce(since, at), coalesce(next_attempt_at, at)"
_BLOCKED = text(
    f"select {_BLOCK_COLUMNS} from channel_block where channel = :name and config = :config"
)


async def take_probe(conn: AsyncConnection, name: str, now: datetime) -> bool:
    """Whether this transaction may probe the blocked channel now; only one process may."""
    return (await conn.execute(_TAKE_PROBE, {"name": name, "now": now})).one_or_none() is not None


_TAKE_PROBE = text(
    "select 1 from channel_block "
    "where channel = :name and coalesce(next_attempt_at, at) <= :now for update skip locked"
)


async def probed(conn: AsyncConnection, name: str, now: datetime) -> None:
    """Records a probe: the next may go a quarter of an hour later."""
    await conn.execute(_PROBED, {"name": name, "next": now + BLOCKED})


_PROBED = text("update channel_block set next_attempt_at = :next where channel = :name")
