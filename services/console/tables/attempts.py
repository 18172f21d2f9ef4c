"""Log-ins that have begun: `login_attempt`. The secrets of the browser and the state as hashes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Pending:
    """What is needed when the browser comes back."""

    nonce: str
    verifier: str
    target: str
    redirect_uri: str


async def add(
    conn: AsyncConnection, state: bytes, browser: bytes, pending: Pending, now: datetime
) -> None:
    given = {
        "state": state,
        "browser": browser,
        "nonce": pending.nonce,
        "verifier": pending.verifier,
        "target": pending.target,
        "redirect_uri": pending.redirect_uri,
        "now": now,
    }
    await conn.execute(_ADD, given)


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
    values (:state, :browser, :nonce, :verifier, :target, :redirect_uri, :now)
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
