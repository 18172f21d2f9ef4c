"""Facts as they came, each once for ever, and the records that they add up to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.judgement.record import Offer, Record
from shared.events import Event
from shared.quantities import dumps


async def insert(conn: AsyncConnection, events: Sequence[Event], now: datetime) -> list[Event]:
    """Those that were not there yet, in the order given."""
    if not events:
        return []
    columns = {
        "sources": [event.source for event in events],
        "ids": [event.id for event in events],
        "accounts": [event.subject for event in events],
        "types": [event.type for event in events],
        "moments": [event.time for event in events],
        "events": [dumps(as_json(event)).decode() for event in events],
        "now": now,
    }
    fresh = {(row.source, row.id) for row in await conn.execute(_INSERT, columns)}
    found = []
    for event in events:
        if (event.source, event.id) in fresh:
            fresh.discard((event.source, event.id))
            found.append(event)
    return found


async def known(conn: AsyncConnection, events: Sequence[Event]) -> set[tuple[str, str]]:
    """(source, id) of those that are there already."""
    columns = {"sources": [event.source for event in events], "ids": [event.id for event in events]}
    return {(row.source, row.id) for row in await conn.execute(_KNOWN, columns)}


def as_json(event: Event) -> dict[str, Any]:
    """The CloudEvent that stands for a fact."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": event.time.isoformat().replace("+00:00", "Z"),
        "data": event.data,
    }


async def signed(conn: AsyncConnection, accounts: Collection[str]) -> dict[str, Offer]:
    """The newest contract that each has signed, without reading all that is known of them."""
    rows = await conn.execute(_SIGNED, {"accounts": list(accounts)})
    return {row.account: msgspec.json.decode(row.signed, type=Offer) for row in rows}


async def keep(conn: AsyncConnection, records: Mapping[str, Record]) -> None:
    if records:
        accounts = sorted(records)
        bodies = [msgspec.json.encode(records[account]).decode() for account in accounts]
        await conn.execute(_KEEP, {"accounts": accounts, "bodies": bodies})


async def begin_contract(conn: AsyncConnection, account: str, started_at: datetime) -> None:
    await conn.execute(_BEGIN, {"account": account, "at": started_at})


async def keep_contract(conn: AsyncConnection, account: str, started_at: datetime) -> None:
    """A change of plan goes on with the contract that ran before it; where none was noted, with the earlier subscription's start."""
    await conn.execute(_KEEP_CONTRACT, {"account": account, "at": started_at})


async def page(conn: AsyncConnection, account: str, before: int | None, limit: int) -> list[Row[Any]]:
    """Newest first, below the sequence number `before`."""
    return list(await conn.execute(_PAGE, {"account": account, "before": before, "limit": limit}))


_KNOWN = text(
    """
    select f.source, f.id from fact f
    join unnest(cast(:sources as text[]), cast(:ids as text[])) as e(source, id) on f.source = e.source and f.id = e.id
    """
)
_INSERT = text(
    """
    insert into fact (source, id, account, type, at, received_at, event)
    select f.source, f.id, f.account, f.type, f.at, :now, cast(f.event as jsonb)
    from unnest(cast(:sources as text[]), cast(:ids as text[]), cast(:accounts as text[]), cast(:types as text[]),
                cast(:moments as timestamptz[]), cast(:events as text[])) with ordinality as f(source, id, account, type, at, event, n)
    order by f.n
    on conflict do nothing
    returning source, id
    """
)
_SIGNED = text(
    """
    select account, (body -> 'signed')::text as signed from account_record
    where account = any(cast(:accounts as text[])) and body -> 'signed' is not null
    """
)
_KEEP = text(
    """
    insert into account_record (account, body)
    select r.account, cast(r.body as jsonb) from unnest(cast(:accounts as text[]), cast(:bodies as text[])) as r(account, body)
    on conflict (account) do update set body = excluded.body
    """
)
_BEGIN = text(
    """
    insert into account_record (account, started_at, body) values (:account, :at, '{}')
    on conflict (account) do update set started_at = excluded.started_at
    """
)
_KEEP_CONTRACT = text(
    """
    insert into account_record (account, started_at, body) values (:account, :at, '{}')
    on conflict (account) do update set started_at = coalesce(account_record.started_at, excluded.started_at)
    """
)
_PAGE = text(
    """
    select seq, event::text as event, received_at from fact
    where account = :account and (cast(:before as bigint) is null or seq < :before)
    order by seq desc limit :limit
    """
)
