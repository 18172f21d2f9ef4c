"""A durable timer: one moment per account and purpose.

It fires once, late if every process was down.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

CHANNEL = "plimsoll_due"
NOBODY = ""
"""The account of timers that concern all accounts."""


@dataclass(frozen=True, slots=True)
class Due:
    """`at` is when it was due; `payload` what it was scheduled with."""

    account: str
    purpose: str
    at: datetime
    payload: Mapping[str, Any]


Timer = tuple[str, str, datetime]
"""Account, purpose, moment."""


def timers(purpose: str, moments: Mapping[str, datetime]) -> list[Timer]:
    """`moments`: by account."""
    return [(account, purpose, moments[account]) for account in sorted(moments)]


def accounts_of(timers: Iterable[Due]) -> list[str]:
    return sorted({one.account for one in timers})


async def schedule(
    conn: AsyncConnection,
    account: str,
    purpose: str,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Fires at `at`, replacing any earlier schedule.

    `purpose` is the handler's name, with ":" and a key if there are several.
    """
    await schedule_each(conn, purpose, {account: (at, payload or {})})


async def schedule_each(
    conn: AsyncConnection, purpose: str, moments: Mapping[str, tuple[datetime, Mapping[str, Any]]]
) -> None:
    """`schedule` for many accounts, each with its own moment and payload."""
    if moments:
        accounts = sorted(moments)
        columns = {
            "accounts": accounts,
            "moments": [moments[account][0] for account in accounts],
            "payloads": [msgspec.json.encode(moments[account][1]).decode() for account in accounts],
        }
        await conn.execute(_SET_EACH, columns | {"purpose": purpose, "channel": CHANNEL})


async def schedule_several(conn: AsyncConnection, timers: Collection[Timer]) -> None:
    """`schedule` for many timers; each purpose once an account."""
    if timers:
        await conn.execute(_SET_SEVERAL, columns(timers) | {"channel": CHANNEL})


async def cancel_several(conn: AsyncConnection, timers: Collection[tuple[str, str]]) -> None:
    """Account and purpose of each."""
    if timers:
        columns = {
            "accounts": [account for account, _ in timers],
            "purposes": [purpose for _, purpose in timers],
        }
        await conn.execute(_CANCEL_SEVERAL, columns)


async def drop_idle(conn: AsyncConnection, now: datetime) -> None:
    """Removes accounts whose timers failed and that have none of that purpose due any more, because
    it was cancelled.
    """
    await conn.execute(_DROP_IDLE, {"now": now})


async def bring_forward(
    conn: AsyncConnection, purpose: str, moments: Mapping[str, datetime]
) -> None:
    """For each account: fires at its moment, or when it was scheduled if that is earlier."""
    if moments:
        await conn.execute(_EARLIEST, columns(timers(purpose, moments)))


def columns(timers: Collection[Timer]) -> dict[str, Any]:
    """What `PUT` and `BRING_FORWARD` are given."""
    return {
        "due_accounts": [account for account, _, _ in timers],
        "due_purposes": [purpose for _, purpose, _ in timers],
        "due_moments": [at for _, _, at in timers],
    }


async def schedule_all(
    conn: AsyncConnection,
    accounts: Collection[str],
    purpose: str,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """The same for many accounts. If it is scheduled already, the earlier moment applies."""
    if accounts:
        encoded = msgspec.json.encode(payload or {}).decode()
        await conn.execute(
            _SET_ALL,
            {"accounts": sorted(accounts), "purpose": purpose, "at": at, "payload": encoded},
        )


async def cancel(conn: AsyncConnection, account: str, purpose: str) -> None:
    await cancel_all(conn, [account], purpose)


async def cancel_all(conn: AsyncConnection, accounts: Collection[str], purpose: str) -> None:
    await conn.execute(_CANCEL, {"accounts": list(accounts), "purpose": purpose})


def lane_of(one: Due) -> str:
    """What waits if a timer fails: the account's timers of this purpose, and nothing else."""
    return f"timer {one.purpose.partition(':')[0]}"


async def overdue(
    conn: AsyncConnection,
    purposes: Collection[str],
    now: datetime,
    limit: int,
    *,
    parked: bool = False,
) -> list[Due]:
    """Due timers of these purposes, earliest first; nothing is locked or taken yet. Purposes of a
    newer version are left to it.

    `parked`: those that failed before and whose pause has ended, instead of all others.
    """
    statement = _OVERDUE_AGAIN if parked else _OVERDUE
    return [
        _due(row)
        for row in await conn.execute(
            statement, {"purposes": list(purposes), "now": now, "limit": limit}
        )
    ]


async def take(conn: AsyncConnection, found: Collection[Due]) -> list[Due]:
    """Removes and returns those that have not changed since: they fire in this transaction.

    Call it under the accounts' locks.
    """
    columns = {
        "accounts": [due.account for due in found],
        "purposes": [due.purpose for due in found],
        "moments": [due.at for due in found],
    }
    return sorted(
        (_due(row) for row in await conn.execute(_TAKE, columns)),
        key=lambda due: (due.at, due.account, due.purpose),
    )


def _due(row: Any) -> Due:
    return Due(row.account, row.purpose, row.at, msgspec.json.decode(row.payload))


_SET_EACH = text(
    """
    with put as (
        insert into due (account, purpose, at, payload)
        select d.account, :purpose, d.at, cast(d.payload as jsonb)
        from unnest(cast(:accounts as text[]), cast(:moments as timestamptz[]),
            cast(:payloads as text[])) as d(account, at, payload)
        on conflict (account, purpose) do update set at = excluded.at, payload = excluded.payload)
    select pg_notify(:channel, '')
    """
)
_TIMERS = """
    insert into due (account, purpose, at, payload)
    select d.account, d.purpose, d.at, '{}' from unnest(cast(:due_accounts as text[]),
        cast(:due_purposes as text[]), cast(:due_moments as timestamptz[]))
        as d(account, purpose, at)
    on conflict (account, purpose) do update
"""
PUT = f"{_TIMERS} set at = excluded.at, payload = excluded.payload"
"""Part of a statement: `schedule_several`, except for waking whoever waits for timers."""
BRING_FORWARD = f"{_TIMERS} set at = excluded.at where due.at > excluded.at"
"""Part of a statement: `bring_forward`."""
_SET_SEVERAL = text(f"with put as ({PUT}) select pg_notify(:channel, '')")
_CANCEL_SEVERAL = text(
    """
    delete from due using unnest(cast(:accounts as text[]), cast(:purposes as text[]))
        as d(account, purpose)
    where due.account = d.account and due.purpose = d.purpose
    """
)
_EARLIEST = text(BRING_FORWARD)
_DROP_IDLE = text(
    """
    delete from parked p where p.service = 'trigger' and p.lane like 'timer %'
        and p.next_attempt_at <= :now
      and not exists (select 1 from due d where d.account = p.account
          and p.lane = 'timer ' || split_part(d.purpose, ':', 1)
                      and d.at <= :now)
    """
)
_SET_ALL = text(
    """
    insert into due (account, purpose, at, payload)
    select d.account, :purpose, :at, cast(:payload as jsonb) from unnest(cast(:accounts as text[]))
        as d(account)
    on conflict (account, purpose) do update set at = least(due.at, excluded.at),
        payload = excluded.payload
    """
)
_CANCEL = text(
    "delete from due where account = any(cast(:accounts as text[])) and purpose = :purpose"
)
_OVERDUE = text(
    """
    select account, purpose, at, payload::text as payload from due d
    where at <= :now and split_part(purpose, ':', 1) = any(cast(:purposes as text[]))
      and not exists (select 1 from parked p where p.service = 'trigger' and p.account = d.account
                      and p.lane = 'timer ' || split_part(d.purpose, ':', 1))
    order by at, account, purpose limit :limit
    """
)
_OVERDUE_AGAIN = text(
    """
    select d.account, d.purpose, d.at, d.payload::text as payload
    from parked p join due d on d.account = p.account and p.lane = 'timer ' || split_part(d.purpose,
        ':', 1)
    where p.service = 'trigger' and p.lane like 'timer %' and p.next_attempt_at <= :now
      and d.at <= :now and split_part(d.purpose, ':', 1) = any(cast(:purposes as text[]))
    order by p.next_attempt_at, d.at, d.account, d.purpose limit :limit
    """
)
_TAKE = text(
    """
    delete from due
    using unnest(cast(:accounts as text[]), cast(:purposes as text[]),
        cast(:moments as timestamptz[])) as d(account, purpose, at)
    where due.account = d.account and due.purpose = d.purpose and due.at = d.at
    returning due.account, due.purpose, due.at, due.payload::text as payload
    """
)
