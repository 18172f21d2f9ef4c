"""Copies for people who became contacts, or mailable, after a notice was sent: each gets one copy.

In the app: every notice that still holds. By mail: only notices whose mails to others are still
waiting; old news is not mailed.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.addressing import MAIL_ROLES, Addressed, Reader, copied, mailed, whom_to_ask
from services.notifier.inbox import inbox
from services.notifier.store import messages
from services.notifier.store import people as store
from services.notifier.store.people import Told


async def tell(
    conn: AsyncConnection, accounts: Collection[str], withdrawn: Collection[str], now: datetime
) -> list[Addressed]:
    """Returns what was written. `withdrawn`: messages whose waiting mail was just dropped."""
    readers = await store.readers(conn, accounts)
    parts = [
        part
        for told in await store.notices(conn, accounts, withdrawn, now)
        for part in missing(told, readers[told.note.account], now)
    ]
    new = await messages.insert_notifications(
        conn, [part.notification for part in parts if part.item is not None]
    )
    await messages.insert_deliveries(
        conn, [delivery for part in parts for delivery in part.deliveries]
    )
    await inbox.put_items(
        conn, [part.item for part in parts if part.item is not None and part.notification.id in new]
    )
    await store.revive(conn, accounts, None, now)
    return parts


def missing(told: Told, readers: Mapping[str, Reader], now: datetime) -> Iterator[Addressed]:
    """Returns the copies of one notice that current contacts lack."""
    admin = whom_to_ask(readers)
    for contact, reader in readers.items():
        unseen = contact not in told.shown
        waiting = told.waiting if reader.role in MAIL_ROLES and contact not in told.mailed else None
        if unseen or waiting is not None:
            part = copied(told.note, contact, admin, now)
            mails = () if waiting is None else (mailed(part.notification, reader, waiting, now),)
            yield (
                Addressed(part.notification, (*part.deliveries, *mails), part.item)
                if unseen
                else Addressed(part.notification, mails)
            )
