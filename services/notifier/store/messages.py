"""What the handler reads and writes, always for a whole batch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.completion import LastTold
from services.notifier.messages import KeptFacts, Notice
from services.notifier.rows import DeliveryRow, NotificationRow
from services.notifier.store.channels import Standing, standing
from shared.postgres import changes
from shared.values.quantities import dumps


@dataclass(frozen=True, slots=True)
class Over:
    """How an alert ended: when, if known, and whether a higher one replaced it."""

    at: datetime | None
    replaced: bool


@dataclass(slots=True)
class Before:
    """What holds before some messages are written.

    `told`: those that were processed before. `over`: those of their alerts that have ended; the
    trigger's table is authoritative. `refused`: those of the mailboxes that get no offers in any
    account. `channels`: those that have settings in the database.
    """

    told: set[str] = field(default_factory=set)
    over: dict[str, Over] = field(default_factory=dict)
    refused: set[bytes] = field(default_factory=set)
    channels: dict[str, Standing] = field(default_factory=dict)


async def before(
    conn: AsyncConnection, messages: Sequence[Notice], mailboxes: Collection[bytes]
) -> Before:
    """Read in one statement. An alert that ends afterwards is closed by a message of its own."""
    asked = {
        "keys": [one.key for one in messages],
        "alerts": [one.alert for one in messages if one.alert is not None],
        "mailboxes": list(mailboxes),
    }
    found = Before()
    for row in await conn.execute(_BEFORE, asked):
        if row.what == "told":
            found.told.add(row.name)
        elif row.what == "over":
            found.over[row.name] = Over(row.at, row.state == "superseded")
        elif row.what == "refused":
            found.refused.add(bytes(row.mailbox))
        else:
            found.channels[row.name] = standing(row.at, row.state, disabled=row.disabled)
    return found


# Planned once and not each time: arrays from a query look equally long to the plan for any values
# and to the one for these.
_BEFORE = text(
    """
    select distinct 'told' as what, key as name, null::timestamptz as at, null as state,
        null::bytea as mailbox, null::boolean as disabled
    from notification where key = any(cast((select cast(:keys as text[])) as text[]))
    union all
    select 'over', id, resolved_at, state, null, null
    from alert
    where id = any(cast((select cast(:alerts as text[])) as text[])) and state <> 'open'
    union all
    select 'refused', null, null, null, mailbox, null
    from mailbox_refusal
    where mailbox = any(cast((select cast(:mailboxes as bytea[])) as bytea[]))
    union all
    select 'channel', name, off_at, off_reason, null, disabled from channel
    """
)


async def insert_notifications(conn: AsyncConnection, rows: Sequence[NotificationRow]) -> set[str]:
    """Returns the ids of the new ones; none of a message that was processed before."""
    if not rows:
        return set()
    columns = {
        "ids": [row.id for row in rows],
        "keys": [row.key for row in rows],
        "recipients": [row.recipient for row in rows],
        "accounts": [row.account for row in rows],
        "contacts": [row.contact for row in rows],
        "kinds": [row.kind for row in rows],
        "classes": [row.cls for row in rows],
        "meters": [row.meter for row in rows],
        "thresholds": [_json(row.threshold) for row in rows],
        "alerts": [row.alert for row in rows],
        "decisions": [row.decision for row in rows],
        "proposes": [row.proposes for row in rows],
        "facts": [_json(row.facts.json) for row in rows],
        "tasks": [_json(row.task) for row in rows],
        "created": [row.created_at for row in rows],
    }
    return {row.id for row in await conn.execute(_INSERT_NOTIFICATIONS, columns)}


_INSERT_NOTIFICATIONS = text(
    """
    insert into notification (id, key, recipient, account, contact, kind, class, meter, threshold,
        alert, decision, proposes, facts,
    task, created_at) select m.id, m.key, m.recipient, m.account, m.contact, m.kind, m.class,
        m.meter, cast(m.threshold as jsonb),
    m.alert, m.decision, m.proposes, cast(m.facts as jsonb), cast(m.task as jsonb), m.created_at
    from unnest(cast(:ids as text[]), cast(:keys as text[]), cast(:recipients as text[]),
                cast(:accounts as text[]), cast(:contacts as text[]), cast(:kinds as text[]),
                cast(:classes as text[]), cast(:meters as text[]), cast(:thresholds as text[]),
                cast(:alerts as text[]), cast(:decisions as text[]), cast(:proposes as text[]),
                cast(:facts as text[]), cast(:tasks as text[]),
                cast(:created as timestamptz[])) with ordinality
         as m(id, key, recipient, account, contact, kind, class, meter, threshold, alert, decision,
              proposes, facts, task, created_at, n)
    order by m.n
    on conflict do nothing
    returning id
    """
)


async def insert_deliveries(
    conn: AsyncConnection,
    rows: Sequence[DeliveryRow],
    *,
    opening: Sequence[NotificationRow] = (),
    crms: Sequence[str] = (),
) -> None:
    """`opening`: records the tasks that these ask for, in each of these CRMs, unless they exist."""
    tasks = _tasks(opening, crms)
    if not rows and tasks is None:
        return
    columns: dict[str, Any] = {
        "ids": [row.id for row in rows],
        "notifications": [row.notification for row in rows],
        "accounts": [row.account for row in rows],
        "contacts": [row.contact for row in rows],
        "channels": [row.channel for row in rows],
        "lanes": [row.lane for row in rows],
        "alerts": [row.alert for row in rows],
        "tasks": [row.task for row in rows],
        "states": [row.state for row in rows],
        "next": [row.next_attempt_at for row in rows],
        "deadlines": [row.deadline_at for row in rows],
        "errors": [row.last_error for row in rows],
        "created": [row.created_at for row in rows],
        "causes": [row.cause for row in rows],
    }
    if tasks is None:
        await conn.execute(_INSERT_DELIVERIES, columns)
    else:
        await conn.execute(_INSERT_DELIVERIES_AND_TASKS, columns | tasks)
    changes.note(conn, "delivery", (row.id for row in rows if row.state == "dead"))


_DELIVERIES = """
    insert into delivery (id, notification, account, contact, channel, lane, alert, task, state,
        attempts, next_attempt_at, deadline_at,
                          last_error, delivered_at, ended_at, created_at, cause)
    select d.id, d.notification, d.account, d.contact, d.channel, d.lane, d.alert, d.task, d.state,
           case when d.state = 'delivered' then 1 else 0 end, d.next_attempt_at, d.deadline_at,
               d.last_error,
           case when d.state = 'delivered' then d.created_at end,
           case when d.state in ('delivered', 'suppressed', 'dead') then d.created_at end,
           d.created_at, d.cause
    from unnest(cast(:ids as text[]), cast(:notifications as text[]), cast(:accounts as text[]),
        cast(:contacts as text[]),
                cast(:channels as text[]), cast(:lanes as text[]), cast(:alerts as text[]),
                    cast(:tasks as text[]), cast(:states as text[]),
                cast(:next as timestamptz[]), cast(:deadlines as timestamptz[]),
                    cast(:errors as text[]), cast(:created as timestamptz[]),
                    cast(:causes as text[]))
         with ordinality as d(id, notification, account, contact, channel, lane, alert, task,
             state, next_attempt_at, deadline_at,
                              last_error, created_at, cause, n)
    order by d.n
    on conflict do nothing
"""
_TASKS = """
    insert into crm_task (key, channel, account, meter, purpose, opened_at)
    select distinct on (t.key, c.name) t.key, c.name, t.account, t.meter, t.purpose, t.opened_at
    from unnest(cast(:crms as text[])) as c(name),
         unnest(cast(:task_keys as text[]), cast(:task_accounts as text[]),
                cast(:task_meters as text[]), cast(:task_purposes as text[]),
                cast(:task_opened as timestamptz[]))
         as t(key, account, meter, purpose, opened_at)
    order by t.key, c.name
    on conflict do nothing
"""
_INSERT_DELIVERIES = text(_DELIVERIES)
_INSERT_DELIVERIES_AND_TASKS = text(f"with opened as ({_TASKS}) {_DELIVERIES}")


async def follow_tasks(
    conn: AsyncConnection, rows: Sequence[NotificationRow], now: datetime
) -> None:
    """Whether these tasks are over, where the newest of the rows about each says so."""
    over = {
        task["key"]: task["action"] == "complete"
        for row in rows
        if (task := row.task) is not None and task.get("revision")
    }
    if over:
        given = {"keys": list(over), "over": list(over.values()), "now": now}
        await conn.execute(_FOLLOW_TASKS, given)


_FOLLOW_TASKS = text(
    """
    update crm_task t set completed_at = case when u.over then cast(:now as timestamptz) end
    from unnest(cast(:keys as text[]), cast(:over as boolean[])) as u(key, over)
    where t.key = u.key and (t.completed_at is not null) <> u.over
    """
)


def _tasks(rows: Sequence[NotificationRow], crms: Sequence[str]) -> dict[str, Any] | None:
    tasks = [row for row in rows if row.task is not None]
    if not tasks:
        return None
    return {
        "crms": list(crms),
        "task_keys": [_task(row)["key"] for row in tasks],
        "task_accounts": [row.account for row in tasks],
        "task_meters": [row.meter for row in tasks],
        "task_purposes": [_task(row)["purpose"] for row in tasks],
        "task_opened": [row.created_at for row in tasks],
    }


async def new_closings(conn: AsyncConnection, keys: Collection[str], now: datetime) -> set[str]:
    """Returns which of the Closed messages are new."""
    if not keys:
        return set()
    return {row.key for row in await conn.execute(_NEW_CLOSINGS, {"keys": list(keys), "now": now})}


_NEW_CLOSINGS = text(
    """
    insert into closing (key, at) select distinct k, cast(:now as timestamptz)
        from unnest(cast(:keys as text[])) as k
    on conflict do nothing returning key
    """
)


async def cancel_waiting(
    conn: AsyncConnection, alerts: Collection[str], now: datetime
) -> list[tuple[str, str]]:
    """Cancels what waits for these alerts. Returns channel and new state of each.

    Deliveries that are being sent are checked again before a retry.
    """
    if not alerts:
        return []
    return [
        (row.channel, row.state)
        for row in await conn.execute(_CANCEL_WAITING, {"alerts": list(alerts), "now": now})
    ]


_CANCEL_WAITING = text(
    """
    update delivery
    set state = case when in_doubt then 'unknown' else 'cancelled' end, next_attempt_at = null,
        ended_at = :now,
        last_error = 'the alert is over', cause = null
    where alert = any(cast(:alerts as text[])) and state in ('queued', 'retrying')
    returning channel, state
    """
)


async def complete_tasks(
    conn: AsyncConnection, meters: Collection[tuple[str, str]], now: datetime
) -> list[LastTold]:
    """Completes the usage tasks of these (account, meter).

    Returns those that the CRM may know, each with the latest facts and task sent to it.
    """
    if not meters:
        return []
    columns = {
        "accounts": [account for account, _ in meters],
        "meters": [meter for _, meter in meters],
        "now": now,
    }
    ended = sorted({row.key for row in await conn.execute(_END_TASKS, columns)})
    if not ended:
        return []
    await conn.execute(_CANCEL_TASKS, {"keys": ended, "now": now})
    return [
        LastTold(row.key, row.account, row.meter, KeptFacts(row.facts), row.task)
        for row in await conn.execute(_TOLD_TASKS, {"keys": ended})
    ]


_END_TASKS = text(
    """
    update crm_task t set completed_at = :now
    from unnest(cast(:accounts as text[]), cast(:meters as text[])) as m(account, meter)
    where t.account = m.account and t.meter = m.meter and t.purpose = 'usage'
        and t.completed_at is null
    returning t.key
    """
)
_CANCEL_TASKS = text(
    """
    update delivery
    set state = case when in_doubt then 'unknown' else 'cancelled' end, next_attempt_at = null,
        ended_at = :now, last_error = 'the task is completed', cause = null
    where task = any(cast(:keys as text[])) and state in ('queued', 'retrying')
    """
)
_TOLD_TASKS = text(
    """
    select distinct on (d.task) d.task as key, n.account, n.meter, n.facts, n.task
    from delivery d join notification n on n.id = d.notification
    where d.task = any(cast(:keys as text[])) and d.attempts > 0
    order by d.task, d.seq desc
    """
)


def _task(row: NotificationRow) -> Mapping[str, Any]:
    assert row.task is not None
    return row.task


def _json(value: Any) -> str | None:
    return None if value is None else dumps(value).decode()
