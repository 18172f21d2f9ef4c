"""What is stored about contacts besides master data: address dates, leavers, refusals."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.people import Changed


async def note(conn: AsyncConnection, changes: Sequence[Changed], now: datetime) -> None:
    """Someone who returns has not left."""
    rows = [*_rows(changes, given=True), *_rows(changes, given=False)]
    if rows:
        accounts, contacts, given = zip(*rows, strict=True)
        await conn.execute(
            _NOTE, {"accounts": accounts, "contacts": contacts, "given": given, "now": now}
        )


async def refuse(
    conn: AsyncConnection,
    account: str,
    fact: str,
    contact: str,
    mailbox: bytes | None,
    at: datetime,
) -> None:
    """No more offers to this contact, or to the mailbox they have now."""
    await conn.execute(
        _REFUSE,
        {"account": account, "fact": fact, "contact": contact, "mailbox": mailbox, "at": at},
    )


async def take_back(conn: AsyncConnection, account: str, fact: str) -> None:
    """The fact with which they refused no longer counts."""
    await conn.execute(_TAKE_BACK, {"account": account, "fact": fact})


def _rows(changes: Iterable[Changed], *, given: bool) -> Iterable[tuple[str, str, bool]]:
    return (
        (one.account, contact, given)
        for one in changes
        for contact in (one.given if given else one.left)
    )


_NOTE = text(
    """
    insert into contact_history (account, contact, given_at, left_at)
    select n.account, n.contact, case when n.given then cast(:now as timestamptz) end,
           case when not n.given then cast(:now as timestamptz) end
    from unnest(cast(:accounts as text[]), cast(:contacts as text[]),
        cast(:given as boolean[])) as n(account, contact, given)
    on conflict (account, contact) do update set given_at = excluded.given_at,
        left_at = excluded.left_at
    """
)
_REFUSE = text(
    """
    insert into refusal (account, fact, contact, mailbox, at) values (:account, :fact, :contact,
        :mailbox, :at) on conflict do nothing
    """
)
_TAKE_BACK = text("delete from refusal where account = :account and fact = :fact")
