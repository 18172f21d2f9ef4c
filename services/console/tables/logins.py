"""Which person a provider's subject is: `login`."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def find(conn: AsyncConnection, issuer: str, subject: str) -> str | None:
    """The person's id."""
    found = await conn.execute(_FIND, {"issuer": issuer, "subject": subject})
    person: str | None = found.scalar_one_or_none()
    return person


async def put(conn: AsyncConnection, issuer: str, subject: str, person: str, now: datetime) -> None:
    """The first one holds where two log-ins of a newcomer meet."""
    given = {"issuer": issuer, "subject": subject, "person": person, "now": now}
    await conn.execute(_PUT, given)


_FIND = text("select person from login where issuer = :issuer and subject = :subject")
_PUT = text(
    """
    insert into login (issuer, subject, person, created_at)
    values (:issuer, :subject, :person, :now) on conflict (issuer, subject) do nothing
    """
)
