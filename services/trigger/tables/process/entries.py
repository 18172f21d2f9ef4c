"""Entries of logs: appended, never changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.log.entries import By, Entry, Kind
from shared.postgres.database import NEWEST
from shared.values.quantities import dumps


@dataclass(frozen=True, slots=True)
class Written:
    """An entry to store. `key`, `digest`: of the request that it answers."""

    account: str
    kind: Kind
    subject: str
    entry: Entry
    key: str | None = None
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    subject: str
    entry: Entry
    digest: bytes


async def of(
    conn: AsyncConnection, kind: Kind, subjects: Collection[str]
) -> dict[str, list[Entry]]:
    """The entries of each log that has any, oldest first."""
    found: dict[str, list[Entry]] = {}
    given = {"kind": kind, "subjects": list(subjects)}
    for row in await conn.execute(_OF, given) if subjects else ():
        found.setdefault(row.subject, []).append(_entry(row))
    return found


async def page(
    conn: AsyncConnection,
    kind: Kind,
    subject: str,
    type_: str | None,
    before: int | None,
    limit: int,
) -> list[Entry]:
    """Newest first."""
    given = {"kind": kind, "subject": subject, "type": type_, "before": before or NEWEST}
    return [_entry(row) for row in await conn.execute(_PAGE, given | {"limit": limit})]


async def under_key(conn: AsyncConnection, kind: Kind, subject: str, key: str) -> Stored | None:
    """What was stored in this log under the key; what began it, was asked under the account."""
    row = (
        await conn.execute(_UNDER_KEY, {"kind": kind, "subject": subject, "key": key})
    ).one_or_none()
    return None if row is None else Stored(row.subject, _entry(row), bytes(row.digest))


async def begun_under_key(
    conn: AsyncConnection, kind: Kind, account: str, key: str
) -> Stored | None:
    row = (await conn.execute(_BEGUN, {"kind": kind, "account": account, "key": key})).one_or_none()
    return None if row is None else Stored(row.subject, _entry(row), bytes(row.digest))


def columns(written: Sequence[Written]) -> dict[str, Any]:
    """What `INSERT` is given."""
    return {
        "ids": [one.entry.id for one in written],
        "accounts": [one.account for one in written],
        "kinds": [one.kind for one in written],
        "subjects": [one.subject for one in written],
        "seqs": [one.entry.seq for one in written],
        "types": [one.entry.type for one in written],
        "moments": [one.entry.at for one in written],
        "by_kinds": [one.entry.by.kind for one in written],
        "by_ids": [one.entry.by.id for one in written],
        "bodies": [dumps(dict(one.entry.body)).decode() for one in written],
        "keys": [one.key for one in written],
        "digests": [one.digest for one in written],
    }


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        row.id,
        row.seq,
        row.type,
        row.at,
        By(row.by_kind, row.by_id),
        _BODY.decode(row.body),
    )


_BODY = msgspec.json.Decoder(float_hook=Decimal)
_COLUMNS = "id, subject, seq, type, at, by_kind, by_id, body::text as body, digest"
_OF = text(
    f"""
    select {_COLUMNS} from entry
    where kind = :kind and subject = any(cast(:subjects as text[])) order by subject, seq
    """
)
_PAGE = text(
    f"""
    select {_COLUMNS} from entry
    where kind = :kind and subject = :subject and seq < cast(:before as bigint)
        and (cast(:type as text) is null or type = :type)
    order by seq desc limit :limit
    """
)
_UNDER_KEY = text(
    f"select {_COLUMNS} from entry where kind = :kind and subject = :subject and key = :key "
    "and seq > 1"
)
_BEGUN = text(
    f"select {_COLUMNS} from entry where kind = :kind and account = :account and key = :key "
    "and seq = 1"
)
INSERT = """
    insert into entry (id, account, kind, subject, seq, type, at, by_kind, by_id, body, key, digest)
    select e.id, e.account, e.kind, e.subject, e.seq, e.type, e.at, e.by_kind, e.by_id,
           cast(e.body as jsonb), e.key, e.digest
    from unnest(cast(:ids as text[]), cast(:accounts as text[]), cast(:kinds as text[]),
        cast(:subjects as text[]), cast(:seqs as int[]), cast(:types as text[]),
        cast(:moments as timestamptz[]), cast(:by_kinds as text[]), cast(:by_ids as text[]),
        cast(:bodies as text[]), cast(:keys as text[]), cast(:digests as bytea[]))
        with ordinality as e(id, account, kind, subject, seq, type, at, by_kind, by_id, body, key,
            digest, n)
    order by e.n
"""
