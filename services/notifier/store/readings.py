"""Tasks that are read back from the CRM: which ones are due, what they had, what they have now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.channels.base import TaskThere
from services.notifier.store.channels import Block


@dataclass(frozen=True, slots=True)
class Due:
    """A task to read. `attempts`: how often it has been written, or tried to be. `claims`: how
    often its deliveries have been claimed: if that changes while it is read, what was read may be
    what was written meanwhile.
    """

    key: str
    account: str
    external_id: str
    seen: TaskThere
    claims: int
    attempts: int


async def claim(
    conn: AsyncConnection, channel: str, now: datetime, room: int, interval: timedelta
) -> list[Due]:
    """Takes up to `room` tasks and puts their next reading an interval ahead, more or less: no
    other process reads them meanwhile, and if this one ends they are read then.

    What an attempt wrote that did not succeed is not known: after it nothing has been seen.
    """
    given = {"channel": channel, "now": now, "room": room, "interval": interval}
    return [
        Due(
            row.key,
            row.account,
            row.external_id,
            TaskThere(row.seen_status, row.seen_due, row.seen_owner)
            if row.seen_attempts == row.attempts
            else TaskThere(),
            row.claims,
            row.attempts,
        )
        for row in await conn.execute(_CLAIM, given)
    ]


_OF_TASK = "from delivery d where d.task = t.key and d.channel = t.channel"
_CLAIMS = f"(select coalesce(sum(d.claim), 0) {_OF_TASK})"
_ATTEMPTS = f"(select coalesce(sum(d.attempts), 0) {_OF_TASK})"
_IS_SENT = f"exists (select 1 {_OF_TASK} and d.state = 'sending')"
_CLAIM = text(
    f"""
    with due as (
        select t.key from crm_task t
        where t.channel = :channel and t.completed_at is null and t.next_read_at <= :now
            and t.external_id is not null
            and not {_IS_SENT}
        order by t.next_read_at limit :room for update skip locked
    )
    update crm_task t
    set next_read_at = :now + cast(:interval as interval) * (0.9 + 0.2 * random())
    from due where t.key = due.key and t.channel = :channel
    returning t.key, t.account, t.external_id, t.seen_status, t.seen_due, t.seen_owner,
        t.seen_attempts, cast({_CLAIMS} as bigint) as claims,
        cast({_ATTEMPTS} as bigint) as attempts
    """
)


async def next_due(conn: AsyncConnection, channel: str) -> datetime | None:
    """When the next task is to be read; this may be in the past."""
    found: datetime | None = (await conn.execute(_NEXT_DUE, {"channel": channel})).scalar_one()
    return found


_NEXT_DUE = text(
    f"""
    select min(next_read_at) from crm_task t
    where channel = :channel and completed_at is null and external_id is not null
        and not {_IS_SENT}
    """
)


async def unwritten(conn: AsyncConnection, channel: str, tasks: Collection[Due]) -> set[str]:
    """The keys of those that nobody has written, read or completed since they were claimed; locks
    them.
    """
    given = {
        "channel": channel,
        "keys": [one.key for one in tasks],
        "ids": [one.external_id for one in tasks],
        "claims": [one.claims for one in tasks],
    }
    return {row.key for row in await conn.execute(_UNWRITTEN, given)}


_UNWRITTEN = text(
    f"""
    select t.key from crm_task t
    join unnest(cast(:keys as text[]), cast(:ids as text[]), cast(:claims as bigint[]))
        as r(key, id, claims) on r.key = t.key
    where t.channel = :channel and t.external_id = r.id and t.completed_at is null
        and {_CLAIMS} = r.claims and not {_IS_SENT}
    order by t.key for update of t
    """
)


async def keep(conn: AsyncConnection, channel: str, seen: Sequence[tuple[Due, TaskThere]]) -> None:
    """What they have now is not news any more."""
    if seen:
        await conn.execute(
            _KEEP,
            {
                "channel": channel,
                "keys": [task.key for task, _ in seen],
                "attempts": [task.attempts for task, _ in seen],
                "statuses": [there.status for _, there in seen],
                "dues": [there.due_at for _, there in seen],
                "owners": [there.owner for _, there in seen],
            },
        )


_KEEP = text(
    """
    update crm_task t
    set seen_status = r.status, seen_due = r.due, seen_owner = r.owner, seen_attempts = r.attempts
    from unnest(cast(:keys as text[]), cast(:attempts as bigint[]), cast(:statuses as text[]),
        cast(:dues as timestamptz[]), cast(:owners as text[]))
        as r(key, attempts, status, due, owner)
    where t.key = r.key and t.channel = :channel
    """
)


async def gone(conn: AsyncConnection, channel: str, keys: Collection[str]) -> None:
    """They were deleted in the CRM: not read any more, until they are written there again."""
    if keys:
        await conn.execute(_GONE, {"channel": channel, "keys": list(keys)})


_GONE = text(
    "update crm_task set next_read_at = null "
    "where channel = :channel and key = any(cast(:keys as text[]))"
)


async def refuse(
    conn: AsyncConnection, channel: str, config: str, reason: str, now: datetime, until: datetime
) -> None:
    """Nobody reads there until then: the CRM does not let us."""
    given = {"channel": channel, "config": config, "reason": reason, "now": now, "next": until}
    await conn.execute(_REFUSE, given)


_REFUSE = text(
    """
    insert into channel_reading (channel, config, reason, since, next_attempt_at)
    values (:channel, :config, :reason, :now, :next)
    on conflict (channel) do update set reason = excluded.reason, config = excluded.config,
        next_attempt_at = excluded.next_attempt_at,
        since = case when channel_reading.config = excluded.config then channel_reading.since
            else excluded.since end
    """
)


async def refused(conn: AsyncConnection, channel: str, config: str) -> Block | None:
    """None also if it was refused with other settings."""
    found = await conn.execute(_REFUSED, {"channel": channel, "config": config})
    row = found.one_or_none()
    return None if row is None else Block(*row)


_REFUSED = text(
    "select reason, since, next_attempt_at from channel_reading "
    "where channel = :channel and config = :config"
)


async def allow(conn: AsyncConnection, channel: str) -> None:
    """It lets us read."""
    await conn.execute(_ALLOW, {"channel": channel})


_ALLOW = text("delete from channel_reading where channel = :channel")
