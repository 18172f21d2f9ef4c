"""Links that log in once: `once_link`, by the hash of what is in the address."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class OnceLink:
    """Whom it logs in: `person`, an id or an address. `roles`: None leaves the record's."""

    person: str
    roles: frozenset[str] | None


async def add(conn: AsyncConnection, hash: bytes, link: OnceLink, now: datetime) -> None:
    roles: Collection[str] | None = None if link.roles is None else sorted(link.roles)
    given = {"hash": hash, "person": link.person, "roles": roles, "now": now}
    await conn.execute(_ADD, given)


async def find(conn: AsyncConnection, hash: bytes, since: datetime) -> OnceLink | None:
    """The link made after `since`, if nobody has used it."""
    return await _one(conn, _FIND, hash, since)


async def take(conn: AsyncConnection, hash: bytes, since: datetime) -> OnceLink | None:
    """The same, and it is then used up."""
    return await _one(conn, _TAKE, hash, since)


async def is_known(conn: AsyncConnection, person: str) -> bool:
    """Whether somebody has this id, or is active and has this address."""
    return bool((await conn.execute(_IS_KNOWN, {"person": person})).scalar_one())


async def prune(conn: AsyncConnection, before: datetime, most: int) -> int:
    return (await conn.execute(_PRUNE, {"before": before, "most": most})).rowcount


async def _one(
    conn: AsyncConnection, statement: TextClause, hash: bytes, since: datetime
) -> OnceLink | None:
    row = (await conn.execute(statement, {"hash": hash, "since": since})).one_or_none()
    if row is None:
        return None
    return OnceLink(row.person, None if row.roles is None else frozenset(row.roles))


_ADD = text(
    """
    insert into once_link (hash, person, roles, created_at)
    values (:hash, :person, cast(:roles as text[]), :now)
    """
)
_IS_KNOWN = text(
    """
    select exists (select from person
        where id = :person or (active and lower(email) = lower(:person)))
    """
)
_FIND = text("select person, roles from once_link where hash = :hash and created_at > :since")
_TAKE = text(
    "delete from once_link where hash = :hash and created_at > :since returning person, roles"
)
_PRUNE = text(
    """
    delete from once_link t where t.ctid = any(array(
        select ctid from once_link where created_at < :before limit :most for update skip locked))
    """
)
