"""Heads of the logs of tasks: all of their state, and what lists filter and sort by."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.people import Person
from services.trigger.process.tasks.task import AWAKE, RANK, Task
from services.trigger.tables import due, receivers
from services.trigger.tables.due import Timer
from services.trigger.tables.process import entries, persons
from services.trigger.tables.process.entries import Written
from shared.erasure.requests import spares
from shared.messages import Priority
from shared.postgres import changes
from shared.postgres.database import NEWEST
from shared.values.quantities import dumps

Key = tuple[str, str, str]
"""Account, reason, about: of these there is one open at a time."""


@dataclass(frozen=True, slots=True)
class Filters:
    """None: whatever it is. `open`: whether it is not closed. `awake`: whether not snoozed."""

    account: str | None = None
    owner: str | None = None
    state: str | None = None
    open: bool | None = None
    reason: str | None = None
    type: str | None = None
    overdue: bool | None = None
    due_before: datetime | None = None
    due_from: datetime | None = None
    closed_from: datetime | None = None
    priority: str | None = None
    awake: bool | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A task, its place in the list by age, and the language of its account."""

    task: Task
    seq: int
    locale: str
    account_name: str


async def account_of(conn: AsyncConnection, id: str) -> str | None:
    """The account of a task; None: there is none with this id."""
    found: str | None = (await conn.execute(_ACCOUNT_OF, {"id": id})).scalar_one_or_none()
    return found


async def find(conn: AsyncConnection, id: str) -> Listed | None:
    """None: there is none with this id."""
    row = (await conn.execute(_FIND_ONE, {"id": id})).one_or_none()
    return None if row is None else _listed(row)


async def of_ids(conn: AsyncConnection, ids: Collection[str]) -> list[Task]:
    return [_task(row) for row in await conn.execute(_FIND, {"ids": list(ids)})] if ids else []


async def listed(conn: AsyncConnection, ids: Collection[str]) -> list[Listed]:
    """As lists have them, in no order."""
    return [_listed(row) for row in await conn.execute(_FIND, {"ids": list(ids)})] if ids else []


async def count_of(conn: AsyncConnection, account: str) -> int:
    """How many tasks are stored, open or not."""
    return int((await conn.execute(_COUNT_OF, {"account": account})).scalar_one())


async def standing(
    conn: AsyncConnection, keys: Collection[Key], ids: Collection[str] = ()
) -> list[Task]:
    """The open ones of these keys, and those of these ids whatever they are."""
    if not keys and not ids:
        return []
    given = _keys(keys) | {"ids": list(ids)}
    return [_task(row) for row in await conn.execute(_STANDING, given)]


async def standing_with_people(
    conn: AsyncConnection, keys: Collection[Key], ids: Collection[str], people: Collection[str]
) -> tuple[list[Task], dict[str, Person]]:
    """The same; and these people, their owners, and everybody above any of them."""
    given = _keys(keys) | {"ids": list(ids), "people": sorted(people)}
    rows = (await conn.execute(_STANDING_WITH_PEOPLE, given)).all()
    return [_task(row) for row in rows if row.id is not None], persons.read(rows[0].people)


async def logged(conn: AsyncConnection, keys: Collection[Key]) -> set[Key]:
    """Of which of these there is a log, open or closed."""
    if not keys:
        return set()
    rows = await conn.execute(_LOGGED, _keys(keys))
    return {(row.account, row.reason, row.about) for row in rows}


def _keys(keys: Collection[Key]) -> dict[str, Any]:
    return {
        "accounts": [one[0] for one in keys],
        "reasons": [one[1] for one in keys],
        "abouts": [one[2] for one in keys],
    }


async def open_of(conn: AsyncConnection, accounts: Collection[str]) -> list[Task]:
    """The open ones of these accounts, oldest first."""
    if not accounts:
        return []
    given = {"accounts": sorted(set(accounts))}
    return [_task(row) for row in await conn.execute(_OPEN_OF, given)]


async def owned_by(conn: AsyncConnection, person: str) -> list[Task]:
    """The open ones of a person, oldest first."""
    return [_task(row) for row in await conn.execute(_OWNED_BY, {"person": person})]


async def count(conn: AsyncConnection, filters: Filters, now: datetime) -> int:
    """How many there are, up to `MOST_COUNTED`."""
    where, given = _where(filters, now)
    statement = f"select count(*) from (select from task t where {where} limit {MOST_COUNTED}) s"
    return int((await conn.execute(text(statement), given)).scalar_one())


async def newest(
    conn: AsyncConnection, filters: Filters, now: datetime, before: int | None, limit: int
) -> list[Listed]:
    """Newest first."""
    statement, given = by_age(filters, now, before, limit)
    return [_listed(row) for row in await conn.execute(text(statement), given)]


def by_age(
    filters: Filters, now: datetime, before: int | None, limit: int
) -> tuple[str, dict[str, Any]]:
    where, given = _where(filters, now)
    statement = f"{_SELECT} where {where} and t.seq < :before order by t.seq desc limit :limit"
    return statement, given | {"before": before or NEWEST, "limit": limit}


async def by_due_date(
    conn: AsyncConnection,
    filters: Filters,
    now: datetime,
    after: tuple[int, datetime, str] | None,
    limit: int,
) -> list[Listed]:
    """By priority, due date and id: each priority by itself, since an index has them in order.

    `after`: rank of the priority, due date and id of the last one shown.
    """
    found: list[Listed] = []
    for priority, rank in RANK.items():
        if (after is not None and rank < after[0]) or len(found) >= limit:
            continue
        start = after[1:] if after is not None and rank == after[0] else None
        statement, given = of_priority(filters, now, priority, start, limit - len(found))
        found += [_listed(row) for row in await conn.execute(text(statement), given)]
    return found


def of_priority(
    filters: Filters,
    now: datetime,
    priority: Priority,
    after: tuple[datetime, str] | None,
    limit: int,
) -> tuple[str, dict[str, Any]]:
    where, given = _where(filters, now)
    given |= {"priority": priority, "limit": limit}
    if after is not None:
        where += " and (t.due_at, t.id) > (:after_due, :after_id)"
        given |= {"after_due": after[0], "after_id": after[1]}
    statement = (
        f"{_SELECT} where {where} and t.priority = :priority order by t.due_at, t.id limit :limit"
    )
    return statement, given


async def save(
    conn: AsyncConnection,
    tasks: Sequence[Task],
    written: Sequence[Written],
    timers: Sequence[Timer],
) -> bool:
    """The rows as their logs have them now, what is new in these, and timers to schedule, in one
    statement. Returns whether somebody outside listens.
    """
    rows = [_columns(one) for one in tasks]
    given = {name: [row[name] for row in rows] for name in _TYPES}
    given |= entries.columns(written) | due.columns(timers) | {"channel": due.CHANNEL}
    row = (await conn.execute(_SAVE, given)).one()
    changes.note(conn, "task", (one.id for one in tasks))
    return bool(row.listens)


def _where(filters: Filters, now: datetime) -> tuple[str, dict[str, Any]]:
    given: dict[str, Any] = {
        name: value for name in _WHERE if (value := getattr(filters, name)) is not None
    }
    where = [spares("t"), *(_WHERE[name] for name in given)]
    if filters.state in _UNCLOSED:
        # Said twice, so that an index of the open ones is of use.
        where.append("t.closed_at is null")
    if "priority" in given:
        given["urgency"] = given.pop("priority")  # `of_priority` asks for one by itself
    if filters.open is not None:
        where.append("t.closed_at is null" if filters.open else "t.closed_at is not null")
    if filters.awake is not None:
        where.append("t.state <> 'snoozed'" if filters.awake else "t.state = 'snoozed'")
    if filters.overdue is not None:
        where.append(_OVERDUE if filters.overdue else f"not ({_OVERDUE})")
        given["now"] = now
    return " and ".join(where), given


def _listed(row: Row[Any]) -> Listed:
    return Listed(_task(row), row.seq, row.locale, row.account_name or row.account)


def _task(row: Row[Any]) -> Task:
    return Task(
        id=row.id,
        account=row.account,
        type=row.type,
        reason=row.reason,
        about=row.about,
        words=msgspec.json.decode(row.words),
        priority=row.priority,
        owner=Owner(row.owner_role, row.owner_id, row.owner_name),
        opened_at=row.opened_at,
        due_at=row.due_at,
        opportunity=row.opportunity,
        alert=row.alert,
        decision=row.decision,
        state=row.state,
        slept_in=row.slept_in,
        snoozed_until=row.snoozed_until,
        snooze_reason=row.snooze_reason,
        escalated_at=row.escalated_at,
        closed_at=row.closed_at,
        revision=row.revision,
        raised=row.raised,
        reopened=row.reopened,
    )


def _columns(task: Task) -> Mapping[str, Any]:
    return {
        "id": task.id,
        "account": task.account,
        "type": task.type,
        "reason": task.reason,
        "about": task.about,
        "words": dumps(dict(task.words)).decode(),
        "priority": task.priority,
        "state": task.state,
        "slept_in": task.slept_in,
        "owner_role": task.owner.role,
        "owner_id": task.owner.id,
        "opened_at": task.opened_at,
        "due_at": task.due_at,
        "snoozed_until": task.snoozed_until,
        "snooze_reason": task.snooze_reason,
        "escalated_at": task.escalated_at,
        "opportunity": task.opportunity,
        "alert": task.alert,
        "decision": task.decision,
        "closed_at": task.closed_at,
        "revision": task.revision,
        "raised": task.raised,
        "reopened": task.reopened,
    }


_WHERE = {
    "account": "t.account = :account",
    "state": "t.state = :state",
    "reason": "t.reason = :reason",
    "type": "t.type = :type",
    "owner": "t.owner_id = :owner",
    "due_before": "t.due_at < :due_before",
    "due_from": "t.due_at >= :due_from",
    "closed_from": "t.closed_at >= :closed_from",
    "priority": "t.priority = :urgency",
}
_UNCLOSED = frozenset({*AWAKE, "snoozed"})
MOST_COUNTED = 10_001
"""A list that is longer says so; nobody reads on, and counting all of it takes longer than reading
a page.
"""
_OVERDUE = "t.closed_at is null and t.state in ('open', 'in_progress') and t.due_at <= :now"
_SELECT = """
    select t.seq, t.id, t.account, t.type, t.reason, t.about, t.words::text as words, t.priority,
        t.state, t.slept_in, t.owner_role, t.owner_id, t.opened_at, t.due_at, t.snoozed_until,
        t.snooze_reason, t.escalated_at, t.opportunity, t.alert, t.decision, t.closed_at,
        t.revision, t.raised, t.reopened, coalesce(a.locale, 'en') as locale,
        a.name as account_name,
        coalesce(p.name, case t.owner_id when a.csm ->> 'id' then a.csm ->> 'name'
            when a.ae ->> 'id' then a.ae ->> 'name' end) as owner_name
    from task t left join account a on a.id = t.account left join person p on p.id = t.owner_id
"""
_ACCOUNT_OF = text(f"select account from task where id = :id and {spares('task')}")
# Planned once and not each time: an array from a query looks equally long to the plan for any
# values and to the one for these.
_FIND = text(f"{_SELECT} where t.id = any(cast((select cast(:ids as text[])) as text[]))")
_FIND_ONE = text(f"{_SELECT} where t.id = :id and {spares('t')}")
_COUNT_OF = text("select count(*) from task where account = :account")
# One look-up for each of them, whatever the plan believes of the table's size: `limit` keeps it
# from reading all open tasks beside them. There is one at most.
_STAND = f"""
    {_SELECT} where t.id = any(cast((select cast(:ids as text[])) as text[]))
    union all
    select o.* from unnest(cast(:accounts as text[]), cast(:reasons as text[]),
        cast(:abouts as text[])) as k(account, reason, about)
    cross join lateral ({_SELECT}
        where t.account = k.account and t.reason = k.reason and t.about = k.about
            and t.closed_at is null and t.reason <> 'by_hand' limit 1) as o
    where o.id <> all(cast((select cast(:ids as text[])) as text[]))
"""
_STANDING = text(_STAND)
_INVOLVED = """
    id = any(cast((select cast(:people as text[])) as text[]))
        or id in (select owner_id from standing)
"""
_STANDING_WITH_PEOPLE = text(
    f"""
    with standing as ({_STAND}), people as ({persons.json_of(_INVOLVED)})
    select s.*, p.people from people p left join standing s on true
    """
)
_LOGGED = text(
    """
    select distinct t.account, t.reason, t.about
    from task t join unnest(cast(:accounts as text[]), cast(:reasons as text[]),
        cast(:abouts as text[])) as k(account, reason, about)
        on t.account = k.account and t.reason = k.reason and t.about = k.about
    """
)
_OPEN_OF = text(
    f"{_SELECT} where t.account = any(cast(:accounts as text[])) and t.closed_at is null "
    "order by t.seq"
)
_OWNED_BY = text(f"{_SELECT} where t.owner_id = :person and t.closed_at is null order by t.seq")
_TYPES = {
    "id": "text",
    "account": "text",
    "type": "text",
    "reason": "text",
    "about": "text",
    "words": "text",
    "priority": "text",
    "state": "text",
    "slept_in": "text",
    "owner_role": "text",
    "owner_id": "text",
    "opened_at": "timestamptz",
    "due_at": "timestamptz",
    "snoozed_until": "timestamptz",
    "snooze_reason": "text",
    "escalated_at": "timestamptz",
    "opportunity": "text",
    "alert": "text",
    "decision": "text",
    "closed_at": "timestamptz",
    "revision": "int",
    "raised": "int",
    "reopened": "int",
}
_KEPT = {"id", "account", "type", "reason", "about", "opened_at"}
"""What a task never changes."""
_SAVE = text(
    f"""
    with kept as (insert into task ({", ".join(_TYPES)})
    select {", ".join("cast(words as jsonb)" if one == "words" else one for one in _TYPES)}
    from unnest({", ".join(f"cast(:{one} as {type_}[])" for one, type_ in _TYPES.items())})
        with ordinality as s({", ".join(_TYPES)}, n) order by n
    on conflict (id) do update
    set {", ".join(f"{one} = excluded.{one}" for one in _TYPES if one not in _KEPT)}),
    logged as ({entries.INSERT}),
    scheduled as ({due.PUT})
    select {receivers.LISTENS} as listens,
        case when cast(:due_accounts as text[]) <> '{{}}' then pg_notify(:channel, '') end
    """
)
