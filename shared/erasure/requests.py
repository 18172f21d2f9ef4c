"""Table `erasure`: who was erased. It keeps the ids while rows of theirs are left; after that only
the tombstone, which identifies late arrivals.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasure.tombstones import FOREVER, Tombstone, account_hash, contact_hash
from shared.postgres.database import notify

SERVICES: Final = ("ingest", "trigger", "notifier")
CHANNEL: Final = "plimsoll_erasure"
AT_ONCE: Final = 100
"""How many erasures are read together."""
Contact = tuple[str, str]
"""An account and one of its contacts."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure in progress. `contact` None: the whole account. `known`: what else identifies the
    contact.
    """

    hash: bytes
    account: str
    contact: str | None
    known: Mapping[str, str]
    requested_at: datetime

    @property
    def name(self) -> str:
        """A name for it that may be logged."""
        return self.hash.hex()[:12]


async def begin(
    conn: AsyncConnection,
    account: str,
    contact: str | None,
    known: Mapping[str, str],
    now: datetime,
    revision: int,
) -> Row[Any]:
    """Erases it as of this transaction's commit: every service then looks for what it holds. If it
    was erased before, they look again.
    """
    columns = {
        "hash": account_hash(account) if contact is None else contact_hash(account, contact),
        "of": None if contact is None else account_hash(account),
        "account": account,
        "contact": contact,
        "known": json.dumps(dict(known)),
        "now": now,
        "revision": revision,
    }
    row = (await conn.execute(_BEGIN, columns)).one()
    await notify(conn, CHANNEL)
    return row


async def find(conn: AsyncConnection, hash: bytes) -> Row[Any] | None:
    return (await conn.execute(_FIND, {"hash": hash})).one_or_none()


async def barred(conn: AsyncConnection, accounts: Collection[str]) -> dict[str, datetime]:
    """Which of these accounts were erased, with the time before which nothing counts."""
    return {
        account: until
        for account, until in (
            await _barred(conn, {one: account_hash(one) for one in accounts})
        ).items()
    }


async def barred_contacts(
    conn: AsyncConnection, contacts: Collection[Contact]
) -> dict[Contact, datetime]:
    return await _barred(conn, {one: contact_hash(*one) for one in contacts})


async def is_erased(conn: AsyncConnection, account: str, contact: str) -> bool:
    """Whether this contact or its whole account was erased and has not come back."""
    people = await barred_contacts(conn, [(account, contact)])
    return FOREVER in {*(await barred(conn, [account])).values(), *people.values()}


async def _barred(conn: AsyncConnection, hashes: Mapping[Any, bytes]) -> dict[Any, datetime]:
    if not hashes:
        return {}
    found = {
        row.hash: row.returned_at or FOREVER
        for row in await conn.execute(_BARRED, {"hashes": list(hashes.values())})
    }
    return {one: found[hash] for one, hash in hashes.items() if hash in found}


async def barred_with_people(
    conn: AsyncConnection, accounts: Collection[str]
) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """`barred` for these accounts; and when a contact of each was last erased: anything written
    before may still name that contact.
    """
    hashes = {account_hash(account): account for account in accounts}
    gone, people = dict[str, datetime](), dict[str, datetime]()
    for row in await conn.execute(_BARRED_WITH_PEOPLE, {"hashes": list(hashes)}) if hashes else ():
        if row.of is None:
            gone[hashes[row.hash]] = row.returned_at or FOREVER
        else:
            account = hashes[row.of]
            people[account] = max(row.requested_at, people.get(account, row.requested_at))
    return gone, people


async def standing(conn: AsyncConnection, hashes: Collection[bytes]) -> dict[bytes, bool]:
    """Which of these were erased and have not come back, and whether data of theirs is left."""
    if not hashes:
        return {}
    return {
        row.hash: row.is_under_way
        for row in await conn.execute(_STANDING, {"hashes": list(hashes)})
    }


async def come_back(
    conn: AsyncConnection, hashes: Collection[bytes], now: datetime, revision: int
) -> None:
    """These ids are in use again as of a few seconds ago, but never from before the erasure: many
    clocks are a little slow, and many senders write whole seconds.
    """
    await conn.execute(_COME_BACK, {"hashes": list(hashes), "now": now, "revision": revision})


async def since(conn: AsyncConnection, revision: int) -> list[Tombstone]:
    """The accounts that were erased or came back after this revision of the plans."""
    rows = await conn.execute(_SINCE, {"revision": revision})
    return [Tombstone(row.hash, row.account, row.returned_at or FOREVER) for row in rows]


async def pending(
    conn: AsyncConnection, service: str, after: Erasure | None = None
) -> list[Erasure]:
    """The next erasures that this service has not finished, oldest first."""
    given = {"at": after and after.requested_at, "hash": after and after.hash, "limit": AT_ONCE}
    rows = await conn.execute(_PENDING[service], given)
    return [
        Erasure(row.hash, row.account, row.contact, row.known or {}, row.requested_at)
        for row in rows
    ]


async def waiting(conn: AsyncConnection, service: str) -> tuple[int, datetime | None]:
    """How many erasures this service has left to do, and since when the oldest has waited."""
    row = (await conn.execute(_WAITING[service])).one()
    return row.number, row.oldest


async def take(conn: AsyncConnection, one: Erasure) -> bool:
    """Whether we may work on it until this transaction ends: no other process does, and it has not
    been requested again.
    """
    return (
        await conn.execute(_TAKE, {"hash": one.hash, "requested_at": one.requested_at})
    ).scalar_one_or_none() is not None


async def done(conn: AsyncConnection, one: Erasure, service: str, now: datetime) -> None:
    """Records that this service holds nothing of it any more. The last service to do so removes the
    ids.
    """
    given = {"hash": one.hash, "requested_at": one.requested_at}
    await conn.execute(_DONE[service], given | {"now": now})
    await conn.execute(_FORGET, given)


def spares(table: str, contact: str | None = None) -> str:
    """A condition for queries that serve clients: rows of those being erased no longer exist for
    them. `contact`: the column with a row's contact.

    Those being erased are looked up once, regardless of the number of rows read.
    """
    whole = (
        f"{table}.account not in "
        "(select account from erasure where account is not null and contact is null)"
    )
    if contact is None:
        return whole
    pairs = "select account, contact from erasure where account is not null and contact is not null"
    return f"{whole} and ({table}.account, coalesce({contact}, '')) not in ({pairs})"


async def open_transactions(conn: AsyncConnection) -> dict[str, bool]:
    """The other transactions in progress in this database, by virtual id: whether they have
    written.
    """
    return {row.id: row.has_written for row in await conn.execute(_OPEN)}


# Every transaction holds a lock on its virtual id, even if it has only read so far. All roles can
# see the columns used here.
_OPEN = text(
    """
    select l.virtualxid as id, a.backend_xid is not null as has_written
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'virtualxid' and l.mode = 'ExclusiveLock' and l.granted
        and a.usesysid is not null and a.pid <> pg_backend_pid()
      and a.datid = (select oid from pg_database where datname = current_database())
    """
)
_BEGIN = text(
    """
    insert into erasure as e (hash, "of", account, contact, known, requested_at, revision)
    values (:hash, :of, :account, :contact, cast(:known as jsonb), :now, :revision)
    on conflict (hash) do update
    set account = excluded.account, contact = excluded.contact, known = coalesce(e.known,
        '{}') || excluded.known,
        requested_at = excluded.requested_at, returned_at = null, revision = excluded.revision,
        ingest_at = null, trigger_at = null, notifier_at = null
    returning *
    """
)
_FIND = text("select * from erasure where hash = :hash")
_BARRED = text("select hash, returned_at from erasure where hash = any(cast(:hashes as bytea[]))")
_BARRED_WITH_PEOPLE = text(
    """
    select hash, "of", returned_at, requested_at from erasure
    where (hash = any(cast(:hashes as bytea[])) and "of" is null)
        or "of" = any(cast(:hashes as bytea[]))
    """
)
_STANDING = text(
    """
    select hash, account is not null as is_under_way from erasure
    where hash = any(cast(:hashes as bytea[])) and (returned_at is null or account is not null)
    """
)
_COME_BACK = text(
    """
    update erasure
    set returned_at = greatest(requested_at, cast(:now as timestamptz) - interval '5 seconds'),
        revision = :revision
    where hash = any(cast(:hashes as bytea[])) and returned_at is null and account is null
    """
)
_SINCE = text(
    'select hash, account, returned_at from erasure where revision > :revision and "of" is null'
)
_PENDING = {
    service: text(
        f"""
        select hash, account, contact, known, requested_at from erasure
        where account is not null and {service}_at is null
          and (cast(:at as timestamptz) is null or (requested_at,
              hash) > (cast(:at as timestamptz), cast(:hash as bytea)))
        order by requested_at, hash limit :limit
        """
    )
    for service in SERVICES
}
_WAITING = {
    service: text(
        "select count(*) as number, min(requested_at) as oldest "
        f"from erasure where account is not null and {service}_at is null"
    )
    for service in SERVICES
}
_TAKE = text(
    "select 1 from erasure where hash = :hash "
    "and requested_at = :requested_at and account is not null for update skip locked"
)
_DONE = {
    service: text(
        f"update erasure set {service}_at = :now "
        "where hash = :hash and requested_at = :requested_at"
    )
    for service in SERVICES
}
_FORGET = text(
    f"""
    update erasure set account = null, contact = null, known = null
    where hash = :hash and requested_at = :requested_at
        and {" and ".join(f"{service}_at is not null" for service in SERVICES)}
    """
)
