"""Facts as received, each stored once, and the records they add up to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.judgement.facts.record import Offer, Record
from services.trigger.proposals.retraction import StoredFact
from shared.events import Event
from shared.values.moments import iso
from shared.values.quantities import dumps

_DATA = msgspec.json.Decoder(float_hook=Decimal)


async def insert(conn: AsyncConnection, events: Sequence[Event], now: datetime) -> list[Event]:
    """Returns the new ones, in the given order."""
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
    fresh = {(row.account, row.source, row.id) for row in await conn.execute(_INSERT, columns)}
    found = []
    for event in events:
        if event.identity in fresh:
            fresh.discard(event.identity)
            found.append(event)
    return found


async def known(conn: AsyncConnection, events: Sequence[Event]) -> set[tuple[str, str, str]]:
    """(account, source, id) of those already stored, taken back or not."""
    columns = {
        "accounts": [event.subject for event in events],
        "sources": [event.source for event in events],
        "ids": [event.id for event in events],
    }
    return {(row.account, row.source, row.id) for row in await conn.execute(_KNOWN, columns)}


async def stored(conn: AsyncConnection, account: str) -> list[StoredFact]:
    """All facts in force of an account, in order of arrival."""
    return [_stored(row) for row in await conn.execute(_STORED, {"account": account})]


async def take_back(
    conn: AsyncConnection, account: str, seq: int, by: str, now: datetime
) -> StoredFact | None:
    """Records that it no longer counts, and who took it back.

    None if it does not exist or was taken back before.
    """
    row = (
        await conn.execute(_TAKE_BACK, {"account": account, "seq": seq, "by": by, "now": now})
    ).one_or_none()
    return None if row is None else _stored(row)


async def is_taken_back(conn: AsyncConnection, account: str, seq: int) -> bool:
    return bool(
        (await conn.execute(_IS_TAKEN_BACK, {"account": account, "seq": seq})).scalar_one_or_none()
    )


def _stored(row: Row[Any]) -> StoredFact:
    data = _DATA.decode(row.data) if row.data else None
    return StoredFact(row.type, f"{row.source} {row.id}", row.at, row.received_at, data or {})


def as_json(event: Event) -> dict[str, Any]:
    """The CloudEvent of a fact."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": iso(event.time),
        "data": event.data,
    }


async def most_used(conn: AsyncConnection, account: str, since: datetime) -> str | None:
    """The feature with the most uses; of several the one that was used last, then by id."""
    found = await conn.execute(_MOST_USED, {"account": account, "since": since})
    feature: str | None = found.scalar_one_or_none()
    return feature


async def signed(conn: AsyncConnection, accounts: Collection[str]) -> dict[str, Offer]:
    """The newest signed contract of each account, without reading the whole record."""
    rows = await conn.execute(_SIGNED, {"accounts": list(accounts)})
    return {row.account: msgspec.json.decode(row.signed, type=Offer) for row in rows}


async def keep(conn: AsyncConnection, records: Mapping[str, Record]) -> None:
    if records:
        accounts = sorted(records)
        bodies = [msgspec.json.encode(records[account]).decode() for account in accounts]
        await conn.execute(_KEEP, {"accounts": accounts, "bodies": bodies})


async def begin_contracts(conn: AsyncConnection, starts: Mapping[str, datetime]) -> None:
    """Starts each account's contract at its moment."""
    if starts:
        await conn.execute(_BEGIN, {"accounts": list(starts), "moments": list(starts.values())})


async def keep_contract(conn: AsyncConnection, account: str, started_at: datetime) -> None:
    """A change of plan continues the contract, or the earlier subscription if none is stored."""
    await conn.execute(_KEEP_CONTRACT, {"account": account, "at": started_at})


async def page(
    conn: AsyncConnection, account: str, before: int | None, limit: int, *, taken_back: bool
) -> list[Row[Any]]:
    """Newest first, below the sequence number `before`: facts in force, or those taken back."""
    return list(
        await conn.execute(
            _PAGE, {"account": account, "before": before, "limit": limit, "taken_back": taken_back}
        )
    )


_KNOWN = text(
    """
    select f.account, f.source, f.id from fact f
    join unnest(cast(:accounts as text[]), cast(:sources as text[]),
        cast(:ids as text[])) as e(account, source, id)
         on f.account = e.account and f.source = e.source and f.id = e.id
    """
)
_INSERT = text(
    """
    insert into fact (source, id, account, type, at, received_at, event)
    select f.source, f.id, f.account, f.type, f.at, :now, cast(f.event as jsonb)
    from unnest(cast(:sources as text[]), cast(:ids as text[]), cast(:accounts as text[]),
                cast(:types as text[]), cast(:moments as timestamptz[]),
                cast(:events as text[])) with ordinality
         as f(source, id, account, type, at, event, n)
    order by f.n
    on conflict do nothing
    returning account, source, id
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
    select r.account, cast(r.body as jsonb) from unnest(cast(:accounts as text[]),
        cast(:bodies as text[])) as r(account, body)
    on conflict (account) do update set body = excluded.body
    """
)
_BEGIN = text(
    """
    insert into account_record (account, started_at, body)
    select c.account, c.at, '{}' from unnest(cast(:accounts as text[]),
        cast(:moments as timestamptz[])) as c(account, at)
    on conflict (account) do update set started_at = excluded.started_at
    """
)
_KEEP_CONTRACT = text(
    """
    insert into account_record (account, started_at, body) values (:account, :at, '{}')
    on conflict (account) do update set started_at = coalesce(account_record.started_at,
        excluded.started_at)
    """
)
_STORED = text(
    """
    select type, source, id, at, received_at, (event -> 'data')::text as data from fact
    where account = :account and taken_back_at is null order by seq
    """
)
_TAKE_BACK = text(
    """
    update fact set taken_back_at = :now, taken_back_by = :by where account = :account
        and seq = :seq and taken_back_at is null
    returning type, source, id, at, received_at, (event -> 'data')::text as data
    """
)
_IS_TAKEN_BACK = text(
    "select taken_back_at is not null from fact where account = :account and seq = :seq"
)
_PAGE = text(
    """
    select seq, event::text as event, received_at, taken_back_at, taken_back_by from fact
    where account = :account and (cast(:before as bigint) is null or seq < :before)
        and (taken_back_at is not null) = :taken_back
    order by seq desc limit :limit
    """
)
_MOST_USED = text(
    """
    select event #>> '{data,feature}' as feature from fact
    where account = :account and type = 'feature.used' and at > :since and taken_back_at is null
    group by 1 order by count(*) desc, max(at) desc, 1 limit 1
    """
)
