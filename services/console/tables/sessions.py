"""Who is logged in: `console_session`, by the hash of the cookie; and of whom it is, `person`,
which trigger writes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Session:
    """`roles` are those at log-in. `sid`: the provider's name for it."""

    hash: bytes
    person: str
    roles: frozenset[str]
    csrf: str
    sid: str | None
    created_at: datetime
    seen_at: datetime
    until: datetime
    user_agent: str

    @property
    def id(self) -> str:
        """Tells sessions apart, and opens none."""
        return self.hash.hex()[:16]


@dataclass(frozen=True, slots=True)
class Standing:
    """A session with its person as they are now, and what they prefer."""

    session: Session
    name: str
    email: str | None
    roles: frozenset[str]
    active: bool
    locale: str
    time_zone: str
    language: str | None
    zone: str | None
    theme: str
    keys_on: bool
    start_page: str | None


async def add(conn: AsyncConnection, one: Session) -> None:
    given = {
        "hash": one.hash,
        "person": one.person,
        "roles": sorted(one.roles),
        "csrf": one.csrf,
        "sid": one.sid,
        "created_at": one.created_at,
        "seen_at": one.seen_at,
        "until": one.until,
        "user_agent": one.user_agent,
    }
    await conn.execute(_ADD, given)


async def find(conn: AsyncConnection, hash: bytes) -> Standing | None:
    """Also one that has expired, until it is pruned."""
    row = (await conn.execute(_FIND, {"hash": hash})).one_or_none()
    if row is None:
        return None
    return Standing(
        session=_session(row),
        name=row.name,
        email=row.email,
        roles=frozenset(row.current),
        active=row.active,
        locale=row.locale,
        time_zone=row.time_zone,
        language=row.language,
        zone=row.zone,
        theme=row.theme,
        keys_on=row.keys_on,
        start_page=row.start_page,
    )


async def touch(conn: AsyncConnection, hash: bytes, now: datetime) -> None:
    await conn.execute(_TOUCH, {"hash": hash, "now": now})


async def of_person(
    conn: AsyncConnection, person: str, now: datetime, idle_hours: int, most: int
) -> Sequence[Session]:
    """Those that are not over, newest first."""
    idle = now - timedelta(hours=idle_hours)
    given = {"person": person, "now": now, "idle": idle, "most": most}
    return [_session(row) for row in await conn.execute(_OF_PERSON, given)]


async def counts(
    conn: AsyncConnection, persons: Collection[str], now: datetime, idle_hours: int
) -> dict[str, int]:
    """How many each has that are not over; persons without any are left out."""
    idle = now - timedelta(hours=idle_hours)
    given = {"persons": sorted(persons), "now": now, "idle": idle}
    return {row.person: row.number for row in await conn.execute(_COUNTS, given)}


async def end(conn: AsyncConnection, hash: bytes) -> None:
    await conn.execute(_END, {"hash": hash})


async def end_all(conn: AsyncConnection, person: str) -> int:
    return (await conn.execute(_END_ALL, {"person": person})).rowcount


async def end_named(conn: AsyncConnection, person: str, id: str) -> int:
    """The one of this person whose `id` it is."""
    return (await conn.execute(_END_NAMED, {"person": person, "id": id})).rowcount


async def end_at_provider(
    conn: AsyncConnection, issuer: str, *, sid: str | None, subject: str | None
) -> int:
    """What the provider ended: its session `sid`, or all of `subject`."""
    given = {"issuer": issuer, "sid": sid, "subject": subject}
    return (await conn.execute(_END_SID if sid is not None else _END_SUBJECT, given)).rowcount


async def prune(conn: AsyncConnection, *, ended: datetime, idle: datetime, most: int) -> int:
    """Those over before `ended`, or not used since `idle`."""
    given = {"ended": ended, "idle": idle, "most": most}
    return (await conn.execute(_PRUNE, given)).rowcount


def _session(row: Row[Any]) -> Session:
    return Session(
        hash=bytes(row.hash),
        person=row.person,
        roles=frozenset(row.roles),
        csrf=row.csrf,
        sid=row.sid,
        created_at=row.created_at,
        seen_at=row.seen_at,
        until=row.until,
        user_agent=row.user_agent,
    )


_COLUMNS = "hash, person, roles, csrf, sid, created_at, seen_at, until, user_agent"
_ADD = text(
    f"""
    insert into console_session ({_COLUMNS})
    values (:hash, :person, cast(:roles as text[]), :csrf, :sid, :created_at, :seen_at, :until,
        :user_agent)
    """
)
_FIND = text(
    """
    select s.*, p.name, p.email, p.roles as current, p.active, p.locale, p.time_zone,
        f.language, f.time_zone as zone, coalesce(f.theme, 'system') as theme,
        coalesce(f.keys_on, true) as keys_on, f.start_page
    from console_session s join person p on p.id = s.person
    left join person_preference f on f.person = s.person
    where s.hash = :hash
    """
)
_TOUCH = text("update console_session set seen_at = :now where hash = :hash and seen_at < :now")
_OF_PERSON = text(
    f"""
    select {_COLUMNS} from console_session
    where person = :person and until > :now and seen_at > :idle
    order by created_at desc, hash limit :most
    """
)
_COUNTS = text(
    """
    select person, count(*) as number from console_session
    where person = any(cast(:persons as text[])) and until > :now and seen_at > :idle
    group by person
    """
)
_END = text("delete from console_session where hash = :hash")
_END_ALL = text("delete from console_session where person = :person")
_END_NAMED = text(
    "delete from console_session where person = :person and left(encode(hash, 'hex'), 16) = :id"
)
_END_SID = text("delete from console_session where sid = :sid")
_END_SUBJECT = text(
    """
    delete from console_session where person in (
        select person from login where issuer = :issuer and subject = :subject)
    """
)
_PRUNE = text(
    """
    delete from console_session t where t.ctid = any(array(
        select ctid from console_session where until < :ended or seen_at < :idle limit :most
        for update skip locked))
    """
)
