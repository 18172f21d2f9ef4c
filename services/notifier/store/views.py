"""What the API reads of notifications and deliveries, and what an operator changes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.channels.registry import KINDS
from services.notifier.rows import STATES
from shared.erasure.requests import spares
from shared.messages import CLASSES
from shared.postgres import changes
from shared.postgres.database import NEWEST

_MOST_COUNTED = 10_001
_SPARED = spares("d", "d.contact")
_DELIVERY = """
    select d.seq, d.id, d.notification, d.account, a.name as account_name, d.channel, d.state,
        d.attempts, d.next_attempt_at, d.last_error, d.delivered_at,
    d.created_at, n.kind, case when d.channel = 'email' then coalesce(c.email, d.contact)
                                  when d.contact is not null then d.contact
                                  when n.task is not null then n.task -> 'owner' ->> 'email'
                                  else d.channel end as recipient
    from delivery d
    join notification n on n.id = d.notification
    left join account a on a.id = d.account
    left join contact c on c.account = d.account and c.id = d.contact
"""


async def notifications(
    conn: AsyncConnection, *, account: str | None, cls: str | None, before: int | None, limit: int
) -> Sequence[Mapping[str, Any]]:
    """Newest first, each with its deliveries."""
    given: dict[str, Any] = {
        "classes": list(CLASSES) if cls is None else [cls],
        "before": before or NEWEST,
        "limit": limit,
    }
    query = _NOTIFICATIONS if account is None else _NOTIFICATIONS_OF_ACCOUNT
    rows = [
        dict(row._mapping)
        for row in await conn.execute(
            query, given if account is None else given | {"account": account}
        )
    ]
    found: dict[str, list[Mapping[str, Any]]] = {row["id"]: [] for row in rows}
    for delivery in await conn.execute(_DELIVERIES_OF, {"notifications": list(found)}):
        found[delivery.notification].append(dict(delivery._mapping))
    return [row | {"deliveries": found[row["id"]]} for row in rows]


_NOTIFICATION = """
    select seq, id, key, account, contact, kind, class, meter, threshold, created_at, proposes,
        decision,
           facts #>> '{proposal,add_on,id}' as add_on
    from notification
"""
_NOTIFICATIONS_OF_ACCOUNT = text(
    f"""{_NOTIFICATION}
    where account = :account and class = any(cast(:classes as text[])) and seq < :before
      and {spares("notification", "notification.contact")}
    order by seq desc limit :limit
    """
)
# For all accounts: takes the newest of each class (or channel and state), so that rare ones are
# found through their index too.
_NOTIFICATIONS = text(
    f"""{_NOTIFICATION}
    where seq in (
        select n.seq from unnest(cast(:classes as text[])) as each(class) cross join lateral (
            select seq from notification where class = each.class and seq < :before
              and {spares("notification", "notification.contact")}
            order by seq desc limit :limit) n
        order by n.seq desc limit :limit)
    order by seq desc
    """
)
_DELIVERIES_OF = text(
    f"{_DELIVERY} where d.notification = any(cast(:notifications as text[])) order by d.seq"
)


async def deliveries(
    conn: AsyncConnection,
    *,
    state: str | None,
    channel: str | None,
    account: str | None,
    before: int | None,
    limit: int,
) -> Sequence[Mapping[str, Any]]:
    given: dict[str, Any] = {
        "states": list(STATES) if state is None else [state],
        "channels": list(KINDS.channels) if channel is None else [channel],
        "before": before or NEWEST,
        "limit": limit,
    }
    query = _DELIVERIES if account is None else _DELIVERIES_OF_ACCOUNT
    return [
        dict(row._mapping)
        for row in await conn.execute(
            query, given if account is None else given | {"account": account}
        )
    ]


_DELIVERIES_OF_ACCOUNT = text(
    f"""{_DELIVERY}
    where d.account = :account and d.state = any(cast(:states as text[]))
      and d.channel = any(cast(:channels as text[])) and d.seq < :before and {_SPARED}
    order by d.seq desc limit :limit
    """
)
_DELIVERIES = text(
    f"""{_DELIVERY}
    where d.seq in (
        select e.seq from unnest(cast(:channels as text[])) as over(channel)
        cross join unnest(cast(:states as text[])) as each(state)
        cross join lateral (
            select d.seq from delivery d where d.channel = over.channel and d.state = each.state
              and d.seq < :before and {_SPARED}
            order by d.seq desc limit :limit) e
        order by e.seq desc limit :limit)
    order by d.seq desc
    """
)


async def count(
    conn: AsyncConnection, state: str | None, channel: str | None, account: str | None
) -> int:
    """How many deliveries such a list has, up to 10,001."""
    given: dict[str, Any] = {
        "states": list(STATES) if state is None else [state],
        "channels": list(KINDS.channels) if channel is None else [channel],
        "most": _MOST_COUNTED,
    }
    if account is None:
        return int((await conn.execute(_COUNT, given)).scalar_one())
    return int((await conn.execute(_COUNT_OF_ACCOUNT, given | {"account": account})).scalar_one())


_COUNT = text(
    f"""
    select count(*) from (
        select from unnest(cast(:channels as text[])) as over(channel)
        cross join unnest(cast(:states as text[])) as each(state)
        cross join lateral (
            select from delivery d where d.channel = over.channel and d.state = each.state
              and {_SPARED} limit :most) e
        limit :most) counted
    """
)
_COUNT_OF_ACCOUNT = text(
    f"""
    select count(*) from (
        select from delivery d where d.account = :account
          and d.state = any(cast(:states as text[])) and d.channel = any(cast(:channels as text[]))
          and {_SPARED} limit :most) counted
    """
)


async def delivery(conn: AsyncConnection, id: str) -> Mapping[str, Any] | None:
    row = (await conn.execute(_ONE, {"id": id})).one_or_none()
    return None if row is None else dict(row._mapping)


_ONE = text(
    f"""{_DELIVERY.replace("select", "select d.deadline_at, d.tried,", 1)}
    where d.id = :id and {_SPARED}
    """
)


async def cancel(conn: AsyncConnection, id: str, now: datetime) -> str | None:
    """Ends one that waits. Returns the channel, or None if the delivery's state does not allow it.

    One that may have arrived already is not reported as cancelled.
    """
    found: str | None = (await conn.execute(_CANCEL, {"id": id, "now": now})).scalar_one_or_none()
    if found is not None:
        changes.note(conn, "delivery", [id])
    return found


_CANCEL = text(
    f"""
    update delivery d
    set state = case when in_doubt then 'unknown' else 'cancelled' end,
        last_error = 'cancelled by an operator', cause = null, next_attempt_at = null,
        by_hand = false, ended_at = :now
    where id = :id and state in ('queued', 'retrying') and {_SPARED}
    returning channel
    """
)


async def retry(conn: AsyncConnection, id: str, now: datetime) -> str | None:
    """Queues one delivery for a manual attempt, which does not change its schedule.

    Returns the channel, or None if the delivery's state does not allow it.
    """
    found: str | None = (await conn.execute(_RETRY, {"id": id, "now": now})).scalar_one_or_none()
    if found is not None:
        changes.note(conn, "delivery", [id])
    return found


_RETRY = text(
    f"""
    update delivery d
    set resume_at = case when state in ('queued', 'retrying')
        and not by_hand then next_attempt_at when by_hand then resume_at end,
        state = 'queued', by_hand = true, next_attempt_at = :now, ended_at = null
    where id = :id and state in ('queued', 'retrying', 'dead', 'unknown', 'suppressed')
        and {_SPARED}
    returning channel
    """
)


async def recover(
    conn: AsyncConnection, since: datetime, now: datetime, channels: Collection[str]
) -> list[str]:
    """Queues again what died at or after `since` and is still wanted. Returns the channel of each.

    What has reached its receiver since then is left out. An address refused by one of these gets
    another try: a server that refuses everyone for a day also answers 550.
    """
    deadlines = {
        "channels": list(channels),
        "deadlines": [now + KINDS.deadline(channel) for channel in channels],
    }
    recovered = [
        row.channel
        for row in await conn.execute(_RECOVER, {"since": since, "now": now} | deadlines)
    ]
    if recovered:
        changes.note(conn, "delivery", [changes.EVERYTHING])
    return recovered


async def count_recoverable(
    conn: AsyncConnection, since: datetime, channels: Collection[str]
) -> int:
    """How many `recover` would queue now."""
    given = {"since": since, "channels": list(channels)}
    return int((await conn.execute(_COUNT_RECOVERABLE, given)).scalar_one())


_RECOVERABLE = f"""
    d.state = 'dead' and d.ended_at >= :since and {_SPARED}
    and not exists (select 1 from channel h where h.name = d.channel and h.off_at is not null)
    and not exists (select 1 from alert a where a.id = d.alert and a.state <> 'open')
    and not exists (select 1 from crm_task t where t.key = d.task and t.channel = d.channel
        and t.completed_at is not null)
    and not exists (select 1 from delivery e where e.task = d.task
        and e.channel = d.channel and e.seq > d.seq and e.state = 'delivered')
"""
_COUNT_RECOVERABLE = text(
    f"""
    select count(*) from delivery d
    where d.channel = any(cast(:channels as text[])) and {_RECOVERABLE}
    """
)
_RECOVER = text(
    f"""
    with recovered as (
        update delivery d
        set state = 'queued', step = 0, by_hand = false, next_attempt_at = :now,
            deadline_at = c.deadline, ended_at = null
        from unnest(cast(:channels as text[]), cast(:deadlines as timestamptz[])) as c(channel,
            deadline)
        where d.channel = c.channel and {_RECOVERABLE}
        returning d.id, d.channel
    ), welcomed as (
        delete from suppressed_address s using recovered where s.delivery = recovered.id
    )
    select channel from recovered
    """
)
