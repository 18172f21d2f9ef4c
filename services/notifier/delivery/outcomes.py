"""What else an outcome changes: the task's id, a dead address, a refused or disabled channel."""

import re
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.account_fact import account_fact
from services.notifier.channels.base import (
    Broken,
    Claimed,
    Contact,
    Delivered,
    Failed,
    Gone,
    Misconfigured,
    Outcome,
    Refused,
)
from services.notifier.channels.live import Channels, Live
from services.notifier.delivery import claims
from services.notifier.lifecycle import Change
from services.notifier.store import channels as channel_store
from services.notifier.store import queue
from shared.kafka.clients import Outgoing
from shared.loop import parked_rows
from shared.loop.isolation import Failure
from shared.loop.outbox import Outbox
from shared.values.identity import identity
from shared.values.mailboxes import normalised

SOURCE = "/plimsoll/email"
"""Of facts about addresses."""


async def record(
    conn: AsyncConnection,
    outbox: Outbox,
    channels: Channels,
    live: Live,
    delivery: Claimed,
    outcome: Outcome,
    change: Change,
    now: datetime,
) -> bool:
    """Returns False and writes nothing if the outcome comes too late."""
    if not await queue.settle(conn, delivery, change, type(outcome).__name__.lower(), now):
        return False
    match outcome:
        case Delivered(external_id=str()) if delivery.task is not None:
            await queue.know_task(conn, delivery.task["key"], delivery.channel, outcome, now)
        case Delivered() if (
            delivery.address_was_refused
            and delivery.contact is not None
            and delivery.contact.mailbox is not None
        ):
            await queue.unsuppress_mailbox(conn, delivery.contact.mailbox)
        case Refused(bounce=True):
            await _suppress(conn, outbox, delivery, outcome.reason, now)
        case Gone():
            await _disable(conn, channels, live, delivery.channel, outcome.reason, now)
        case Broken(part=part, error=error):
            await parked_rows.park(
                conn,
                claims.SERVICE,
                {(delivery.account, queue.PARKED_LANE): Failure(part, error)},
                now,
            )
        case Misconfigured():
            await channel_store.block(conn, delivery.channel, live.config, outcome.reason, now)
    if delivery.was_parked and not isinstance(outcome, Broken):
        await claims.let_go(conn, [delivery.account], now)
    if live.blocked and _accepted(outcome):
        await channel_store.unblock(conn, delivery.channel)
    return True


async def _suppress(
    conn: AsyncConnection, outbox: Outbox, delivery: Claimed, reason: str, now: datetime
) -> None:
    """Sends no more mails to a mailbox that its server refused, and says so to the trigger, which
    has somebody ask for another address.
    """
    contact = delivery.contact
    if contact is None or contact.mailbox is None:
        return
    told = without_address(reason, contact)
    await queue.suppress_mailbox(conn, contact.mailbox, delivery, told, now)
    await outbox.write(conn, [unreachable(delivery, contact, told, now)])


def without_address(reason: str, contact: Contact) -> str:
    """Servers often repeat the address in their reply; stored reasons must not name a person."""
    return re.sub(
        "|".join(map(re.escape, {contact.email, normalised(contact.email)})),
        "…",
        reason,
        flags=re.IGNORECASE,
    )


def _accepted(outcome: Outcome) -> bool:
    """Whether the receiver accepted our credentials, whatever it says about this message."""
    return isinstance(outcome, Delivered | Refused) or (
        isinstance(outcome, Failed) and not outcome.destination
    )


async def _disable(
    conn: AsyncConnection, channels: Channels, live: Live, name: str, reason: str, now: datetime
) -> None:
    """Disables the channel, unless its settings changed while the message was in flight."""
    await channel_store.read_locked(conn, name)
    config = await channels.config(conn, name)
    if config is not None and config.digest == live.config:
        await channel_store.disable(conn, name, reason, now)


def unreachable(delivery: Claimed, contact: Contact, reason: str, now: datetime) -> Outgoing:
    """Told once for each time that an address was given."""
    given_at = contact.address_given_at
    address = [contact.email.lower(), *([given_at.isoformat()] if given_at else ())]
    id = identity(delivery.account, "unreachable", contact.id, *address)
    data = {"contact": contact.id, "reason": reason}
    return account_fact(SOURCE, id, "contact.unreachable", delivery.account, now, data)
