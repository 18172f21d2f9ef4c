"""What readers did with an offer: statements on its notification."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection


async def of_notification(conn: AsyncConnection, id: str) -> Row[Any] | None:
    """Account, contact, decision, key and the reader's language; None if it offers nothing."""
    return (await conn.execute(_OFFER, {"id": id})).one_or_none()


async def of_item(conn: AsyncConnection, account: str, contact: str, id: str) -> Row[Any] | None:
    """The same for an item of this reader's inbox."""
    given = {"id": id, "account": account, "contact": contact}
    return (await conn.execute(_OWN_OFFER, given)).one_or_none()


async def unread(conn: AsyncConnection, account: str, contact: str, id: str) -> Row[Any] | None:
    """The same for an item of this reader's inbox that has not been read yet."""
    given = {"id": id, "account": account, "contact": contact}
    return (await conn.execute(_UNREAD_OFFER, given)).one_or_none()


async def click(conn: AsyncConnection, id: str, now: datetime) -> Row[Any] | None:
    """Notes the first click. Returns the offer; None: another click came before, or it is none."""
    first = (await conn.execute(_CLICK, {"id": id, "now": now})).one_or_none()
    return None if first is None else await of_notification(conn, id)


_SELECT = """
    select n.id, n.account, n.contact, n.decision, n.key, n.kind,
        coalesce(c.locale, a.locale, 'en') as locale
    from notification n
    join account a on a.id = n.account
    left join contact c on c.account = n.account and c.id = n.contact
"""
_OFFER = text(f"{_SELECT} where n.id = :id and n.proposes is not null")
_OWN = f"""{_SELECT} join inbox_item i on i.id = n.id
    where n.id = :id and n.account = :account and n.contact = :contact
        and n.proposes is not null and not i.plain"""
_OWN_OFFER = text(_OWN)
_UNREAD_OFFER = text(f"{_OWN} and i.read_at is null")
_CLICK = text(
    "update notification set clicked_at = :now where id = :id and clicked_at is null returning id"
)
