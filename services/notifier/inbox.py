"""The in-app inbox: what is written with a message, what a reader changes, what a reader sees, and what a stream has not sent yet.

An item is the in-app copy of one `notification` row and shares its id; facts, kind and class are read from there, so that its words
follow the reader's present language and role. The stream needs no log of its own: an item is created once and resolved once, and each
of these, like its latest other change, keeps the number that it got from its contact's counter.

Whoever changes anything first raises that counter under its row lock and holds it to the commit, so numbers become visible in their
order: whoever has read up to n misses nothing below n. (A sequence's order is not commit order.)
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.addressing import Preferences
from services.notifier.rows import Item
from services.notifier.store import inbox as sql
from services.notifier.store.inbox import Action
from shared.database import notify

CHANNEL = "plimsoll_inbox"
"""NOTIFY: some contact's counter has moved."""


@dataclass(frozen=True, slots=True)
class Counts:
    unread: int
    unseen: int


async def put_items(conn: AsyncConnection, items: Sequence[Item]) -> None:
    """Writes in-app copies within the transaction that wrote their notifications. One that is there already stays as it is."""
    if not items:
        return
    columns = {name: [getattr(item, name) for item in items] for name in ("id", "account", "contact", "alert", "plain", "created_at")}
    if (await conn.execute(sql.PUT, columns)).rowcount:
        await notify(conn, CHANNEL)


async def close_items(conn: AsyncConnection, alerts: Collection[str], at: datetime) -> int:
    """Resolves the copies of alerts that a higher one took over or that were cured, for every reader. Returns how many."""
    if not alerts:
        return 0
    closed = (await conn.execute(sql.CLOSE, {"alerts": sorted(alerts), "at": at})).rowcount
    if closed:
        await notify(conn, CHANNEL)
    return closed


async def mark(conn: AsyncConnection, account: str, contact: str, item: str, action: Action, now: datetime) -> Row[Any] | None:
    """Changes one item if it is not so already, and gives it; None where this reader has no such item."""
    done = await conn.execute(sql.MARKS[action], {"account": account, "contact": contact, "id": item, "now": now})
    if done.rowcount:
        await notify(conn, CHANNEL)
    return (await conn.execute(sql.ONE, {"account": account, "contact": contact, "id": item})).one_or_none()


async def mark_seen(conn: AsyncConnection, account: str, contact: str, now: datetime) -> None:
    """Everything that is there now has been seen (the badge goes); what comes meanwhile has not."""
    done = await conn.execute(sql.SEEN, {"account": account, "contact": contact, "now": now})
    if done.rowcount:
        await notify(conn, CHANNEL)


async def newest(conn: AsyncConnection, account: str, contact: str, *, before: int | None, limit: int) -> Sequence[Row[Any]]:
    """Newest first, from below the number `before` on."""
    return (await conn.execute(sql.NEWEST, {"account": account, "contact": contact, "before": before, "limit": limit})).all()


async def active(conn: AsyncConnection, account: str, contact: str, now: datetime) -> Sequence[Row[Any]]:
    """What a banner shows now: notices that hold. One without an alert (not in the contract) holds until read, or until its period ends."""
    return (await conn.execute(sql.ACTIVE, {"account": account, "contact": contact, "now": now})).all()


async def counts(conn: AsyncConnection, account: str, contact: str) -> Counts:
    row = (await conn.execute(sql.COUNTS, {"account": account, "contact": contact})).one()
    return Counts(row.unread, row.unseen)


async def position(conn: AsyncConnection, account: str, contact: str) -> int:
    """The number of the contact's latest change; 0 before the first."""
    found = (await conn.execute(sql.POSITION, {"account": account, "contact": contact})).scalar_one_or_none()
    return int(found or 0)


async def changes(conn: AsyncConnection, account: str, contact: str, *, after: int, limit: int) -> Sequence[Row[Any]]:
    """What happened after the number `after`, in order: items with `seq` and `event` (created, updated, resolved) beside their columns."""
    return (await conn.execute(sql.CHANGES, {"account": account, "contact": contact, "after": after, "limit": limit})).all()


async def preferences(conn: AsyncConnection, account: str, contact: str) -> Preferences:
    row = (await conn.execute(sql.PREFERENCES, {"account": account, "contact": contact})).one_or_none()
    return Preferences() if row is None else Preferences(*row)


async def prefer(conn: AsyncConnection, account: str, contact: str, now: datetime, wanted: dict[str, bool]) -> Preferences:
    """Changes those that are named, and gives them all."""
    values: dict[str, Any] = {name: wanted.get(name) for name in Preferences.__dataclass_fields__}
    await conn.execute(sql.PREFER, {"account": account, "contact": contact, "now": now, **values})
    return await preferences(conn, account, contact)


async def refuse_proposals(conn: AsyncConnection, account: str, contact: str, now: datetime) -> bool:
    """Everywhere. False where the contact had done so before."""
    return (await conn.execute(sql.REFUSE_PROPOSALS, {"account": account, "contact": contact, "now": now})).rowcount > 0


async def is_contact(conn: AsyncConnection, account: str, contact: str) -> bool:
    return bool((await conn.execute(sql.IS_CONTACT, {"account": account, "contact": contact})).scalar_one())


async def known(conn: AsyncConnection, account: str, contact: str) -> tuple[bool, bool]:
    """Whether there is such an account, and such a contact of it."""
    row = (await conn.execute(sql.KNOWN, {"account": account, "contact": contact})).one()
    return row.account, row.contact


async def locale(conn: AsyncConnection, account: str, contact: str) -> str:
    """The contact's, else the account's; English for a contact that is gone."""
    return str((await conn.execute(sql.LOCALE, {"account": account, "contact": contact})).scalar_one_or_none() or "en")


async def contacts_among(conn: AsyncConnection, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the (account, contact) pairs that are contacts of their accounts."""
    return {(row.account, row.id) for row in await conn.execute(sql.CONTACTS, _columns(keys))}


async def positions(conn: AsyncConnection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """By (account, contact), the number of the latest change; those without any are left out."""
    return {(row.account, row.contact): row.seq for row in await conn.execute(sql.POSITIONS, _columns(keys))}


def _columns(keys: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    return {"accounts": [account for account, _ in keys], "contacts": [contact for _, contact in keys]}
