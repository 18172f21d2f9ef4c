"""The in-app inbox: what a message writes, a reader changes or sees, and a stream has yet to send.

An item is the in-app copy of one `notification` row and shares its id; facts, kind and class are
read from there, so that the text follows the reader's current language and role. The stream needs
no log: an item is created once and resolved once, and both, like its latest other change, keep the
number that they got from the contact's counter.

Every change first increments that counter and holds its row lock until the commit, so numbers
become visible in order: a reader who has read up to n has missed nothing below n. (A sequence would
not do: its order is not commit order.)
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.addressing import Preferences
from services.notifier.rows import Item
from services.notifier.store import inbox as sql
from services.notifier.store import refusals
from services.notifier.store.inbox import Action
from shared.postgres.database import notify
from shared.values.mailboxes import mailbox_of

CHANNEL = "plimsoll_inbox"
"""NOTIFY channel: some contact's counter has moved."""
PAGE = 100
"""How many changes a stream reads in one query."""

Key = tuple[str, str]
"""Account and contact."""


@dataclass(frozen=True, slots=True)
class Counts:
    unread: int
    unseen: int


async def put_items(conn: AsyncConnection, items: Sequence[Item], origin: str = "") -> set[Key]:
    """Writes in-app copies in the transaction that wrote their notifications, unless they exist.

    Returns whose inbox has changed. `origin`: a process that tells its own streams about them.
    """
    if not items:
        return set()
    columns: dict[str, Any] = {
        name: [getattr(item, name) for item in items]
        for name in ("id", "account", "contact", "alert", "plain", "created_at")
    }
    moved = await conn.execute(sql.PUT, columns | {"channel": CHANNEL, "origin": origin})
    return {(row.account, row.contact) for row in moved}


async def close_items(
    conn: AsyncConnection,
    alerts: Collection[str],
    at: datetime,
    *,
    replaced: bool,
    origin: str = "",
) -> set[Key]:
    """Resolves all copies of alerts that a higher one replaced (`replaced`) or that were cured.

    Returns whose inbox has changed, as `put_items` does.
    """
    if not alerts:
        return set()
    given = {"alerts": sorted(alerts), "at": at, "replaced": replaced}
    moved = await conn.execute(sql.CLOSE, given | {"channel": CHANNEL, "origin": origin})
    return {(row.account, row.contact) for row in moved}


async def mark(
    conn: AsyncConnection, account: str, contact: str, item: str, action: Action, now: datetime
) -> Row[Any] | None:
    """Changes one item if needed and returns it; None if this reader has no such item."""
    done = await conn.execute(
        sql.MARKS[action], {"account": account, "contact": contact, "id": item, "now": now}
    )
    if done.rowcount:
        await notify(conn, CHANNEL)
    return await one_item(conn, account, contact, item)


async def one_item(conn: AsyncConnection, account: str, contact: str, id: str) -> Row[Any] | None:
    """None if this reader has no such item."""
    given = {"account": account, "contact": contact, "id": id}
    return (await conn.execute(sql.ONE, given)).one_or_none()


async def mark_seen(conn: AsyncConnection, account: str, contact: str, now: datetime) -> None:
    """Marks all existing items as seen (the badge disappears), but none that arrives meanwhile."""
    done = await conn.execute(sql.SEEN, {"account": account, "contact": contact, "now": now})
    if done.rowcount:
        await notify(conn, CHANNEL)


async def newest(
    conn: AsyncConnection, account: str, contact: str, *, before: int | None, limit: int
) -> Sequence[Row[Any]]:
    """Returns the items numbered below `before`, newest first."""
    return (
        await conn.execute(
            sql.NEWEST, {"account": account, "contact": contact, "before": before, "limit": limit}
        )
    ).all()


async def active(
    conn: AsyncConnection, account: str, contact: str, now: datetime
) -> Sequence[Row[Any]]:
    """Returns what a banner shows now: notices that hold.

    One without an alert (a meter outside the plan) holds until it is read or its period ends.
    """
    return (
        await conn.execute(sql.ACTIVE, {"account": account, "contact": contact, "now": now})
    ).all()


async def counts(conn: AsyncConnection, account: str, contact: str) -> Counts:
    row = (await conn.execute(sql.COUNTS, {"account": account, "contact": contact})).one()
    return Counts(row.unread, row.unseen)


@dataclass(frozen=True, slots=True)
class Since:
    """A stream's query: what has this reader not been sent yet? `after` None: only what is to come.

    `owed`: the counts must be sent even if nothing else is.
    """

    account: str
    contact: str
    after: int | None
    owed: bool

    @property
    def key(self) -> Key:
        return self.account, self.contact


@dataclass(frozen=True, slots=True)
class Page:
    """Items in order, with `seq` and `event` (created, updated, resolved) beside their columns.

    `upto`: the number of the last change. `counts`: sent after the items, or None if not needed.
    """

    rows: Sequence[Row[Any]]
    upto: int
    more: bool
    counts: Counts | None


async def pages(conn: AsyncConnection, asked: Collection[Since]) -> dict[Since, Page]:
    """Returns the next page of each stream.

    One statement, so that position, changes and counts are of the same moment. A number that was
    never assigned comes from another history of this inbox, such as a restored backup: everything
    is sent again.
    """
    questions = list(asked)
    values: dict[str, Any] = _columns([one.key for one in questions])
    values |= {"after": [one.after for one in questions], "limit": PAGE}
    found: dict[Since, list[Row[Any]]] = defaultdict(list)
    for row in await conn.execute(sql.PAGES, values):
        found[questions[row.question]].append(row)
    return {one: _page(one, found[one]) for one in questions}


def _page(asked: Since, found: Sequence[Row[Any]]) -> Page:
    """`found`: a row for each change, or one without a change."""
    first, rows = found[0], [row for row in found if row.event is not None]
    more = len(rows) == PAGE
    upto = max(first.begin, *(row.seq for row in rows), 0 if more else first.position)
    is_told = not more and (asked.owed or bool(rows))
    return Page(rows, upto, more, Counts(first.unread, first.unseen) if is_told else None)


async def preferences(conn: AsyncConnection, account: str, contact: str) -> Preferences:
    """Returns what is in effect: offers are off if the mailbox refused them in all accounts."""
    row = (
        await conn.execute(sql.PREFERENCES, {"account": account, "contact": contact})
    ).one_or_none()
    chosen = Preferences() if row is None else Preferences(*row)
    refused = await _refused_everywhere(conn, account, contact) is not None
    return replace(chosen, email_proposal=False, in_app_proposal=False) if refused else chosen


async def prefer(
    conn: AsyncConnection, account: str, contact: str, now: datetime, wanted: dict[str, bool]
) -> Preferences:
    """Changes the given preferences and returns all. Turning offers on ends a refusal for all
    accounts.
    """
    if wanted.get("email_proposal") or wanted.get("in_app_proposal"):
        mailbox = await _refused_everywhere(conn, account, contact)
        if mailbox is not None:
            await refusals.allow_again(conn, mailbox)
            wanted = {"email_proposal": False, "in_app_proposal": False, **wanted}
    values: dict[str, Any] = {name: wanted.get(name) for name in Preferences.__dataclass_fields__}
    await conn.execute(sql.PREFER, {"account": account, "contact": contact, "now": now, **values})
    return await preferences(conn, account, contact)


async def _refused_everywhere(conn: AsyncConnection, account: str, contact: str) -> bytes | None:
    """Returns the contact's mailbox if it refused offers in all accounts."""
    mailbox = mailbox_of(
        (
            await conn.execute(sql.ADDRESS, {"account": account, "contact": contact})
        ).scalar_one_or_none()
    )
    return (
        mailbox
        if mailbox is not None and await refusals.refused_everywhere(conn, [mailbox])
        else None
    )


async def has_account(conn: AsyncConnection, account: str) -> bool:
    return bool((await conn.execute(sql.KNOWN, {"account": account})).scalar_one())


async def locale(conn: AsyncConnection, account: str, contact: str) -> str:
    """The contact's, else the account's; English for a contact that is gone."""
    return str(
        (
            await conn.execute(sql.LOCALE, {"account": account, "contact": contact})
        ).scalar_one_or_none()
        or "en"
    )


async def persons(conn: AsyncConnection, keys: Collection[Key]) -> dict[Key, str | None]:
    """Returns by (account, contact) a digest of the current person; None: no such contact."""
    there = {
        (row.account, row.id): person(row.name, row.email)
        for row in await conn.execute(sql.CONTACTS, _columns(keys))
    }
    return {key: there.get(key) for key in keys}


def person(name: str, email: str | None) -> str:
    """The same name and the same mailbox are the same person
    (docs/decisions/0016-whose-inbox-a-token-opens.md).
    """
    return hashlib.sha256(f"{name}\0{(email or '').casefold()}".encode()).hexdigest()[:32]


async def positions(conn: AsyncConnection, keys: Collection[Key]) -> dict[Key, int]:
    """Returns by (account, contact) the number of the latest change, if there is any."""
    return {
        (row.account, row.contact): row.seq
        for row in await conn.execute(sql.POSITIONS, _columns(keys))
    }


def _columns(keys: Collection[Key]) -> dict[str, list[str]]:
    return {
        "accounts": [account for account, _ in keys],
        "contacts": [contact for _, contact in keys],
    }
