"""Log-ins that have begun: `login_attempt`. The secrets of the browser and the state as hashes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST = 50_000
"""Begun within ten minutes, and about 25 MB."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What is needed when the browser comes back."""

    nonce: str
    verifier: str
    target: str
    redirect_uri: str


async def add(
    conn: AsyncConnection, state: bytes, browser: bytes, pending: Pending, now: datetime
) -> bool:
    """False if there are too many already: anybody may begin one."""
    given = {
        "most": MOST,
        "state": state,
        "browser": browser,
        "nonce": pending.nonce,
        "verifier": pending.verifier,
        "target": pending.target,
        "redirect_uri": pending.redirect_uri,
        "now": now,
    }
    return (await conn.execute(_ADD, given)).rowcount > 0


async def take(
    conn: AsyncConnection, state: bytes, browser: bytes, since: datetime
) -> Pending | None:
    """The attempt of this browser, which is then used up; None if there is none begun after
    `since`.
    """
    given = {"state": state, "browser": browser, "since": since}
    row = (await conn.execute(_TAKE, given)).one_or_none()
    return None if row is None else Pending(row.nonce, row.verifier, row.target, row.redirect_uri)


async def prune(conn: AsyncConnection, before: datetime, most: int) -> int:
    return (await conn.execute(_PRUNE, {"before": before, "most": most})).rowcount


_ADD = text(
    """
    insert into login_attempt (state, browser, nonce, verifier, target, redirect_uri, created_at)
    select cast(:state as bytea), cast(:browser as bytea), cast(:nonce as text),
        cast(:verifier as text), cast(:target as text), cast(:redirect_uri as text),
        cast(:now as timestamptz)
    where (select count(*) from (select from login_attempt limit :most) as waiting) < :most
    """
)
_TAKE = text(
    """
    delete from login_attempt where state = :state and browser = :browser and created_at > :since
    returning nonce, verifier, target, redirect_uri
    """
)
_PRUNE = text(
    """
    delete from login_attempt t where t.ctid = any(array(
        select ctid from login_attempt where created_at < :before limit :most
        for update skip locked))
    """
)
