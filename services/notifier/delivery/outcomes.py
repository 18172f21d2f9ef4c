"""What else an outcome changes: the task's id, a dead address, a refused or disabled channel."""

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

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
    Way,
)
from services.notifier.channels.live import Channels, Live
from services.notifier.delivery import claims
from services.notifier.lifecycle import Change
from services.notifier.rows import CRM_RECIPIENT, DeliveryRow, NotificationRow
from services.notifier.store import channels as channel_store
from services.notifier.store import messages, queue
from shared.loop import parked_rows
from shared.loop.isolation import Failure
from shared.messages import Facts
from shared.messages.facts import SaidFacts, TaskFacts
from shared.values.identity import identity
from shared.values.mailboxes import normalised


async def record(
    conn: AsyncConnection,
    channels: Channels,
    live: Live,
    delivery: Claimed,
    outcome: Outcome,
    change: Change,
    now: datetime,
) -> bool:
    """Returns False and writes nothing if the outcome comes too late."""
    if not await queue.settle(conn, delivery, change, now):
        return False
    match outcome:
        case Delivered(external_id=str()) if delivery.task is not None:
            await queue.know_task(conn, delivery.task["key"], outcome, now)
        case Delivered() if (
            delivery.address_was_refused
            and delivery.contact is not None
            and delivery.contact.mailbox is not None
        ):
            await queue.unsuppress_mailbox(conn, delivery.contact.mailbox)
        case Refused(bounce=True):
            await _suppress(conn, channels, delivery, outcome.reason, now)
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
    conn: AsyncConnection, channels: Channels, delivery: Claimed, reason: str, now: datetime
) -> None:
    """Sends no more mails to a mailbox that its server refused, and asks for another address."""
    contact = delivery.contact
    if contact is None or contact.mailbox is None:
        return
    await queue.suppress_mailbox(
        conn, contact.mailbox, delivery, without_address(reason, contact), now
    )
    crms = [kind for kind in await channels.on(conn) if kind.receiver == "crm"]
    await _ask_for_address(conn, delivery, now, crms)


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


async def _ask_for_address(
    conn: AsyncConnection, delivery: Claimed, now: datetime, crms: Sequence[Way]
) -> None:
    """Creates a task for the CSM: the billing contact is unreachable. Once per given address."""
    row, tasks = unreachable(delivery, now, crms)
    if not await messages.insert_notifications(conn, [row]):
        return
    await messages.open_tasks(conn, [row])
    await messages.insert_deliveries(conn, tasks)


def unreachable(
    delivery: Claimed, now: datetime, crms: Sequence[Way]
) -> tuple[NotificationRow, list[DeliveryRow]]:
    """Returns the CSM's task about a dead address, and its delivery to each CRM."""
    assert delivery.contact is not None
    given_at = delivery.contact.address_given_at
    address = [delivery.contact.email.lower(), *([given_at.isoformat()] if given_at else ())]
    key = identity(delivery.account, "unreachable", delivery.contact.id, *address)
    row = _task_row(delivery, key, delivery.contact.name, now)
    return row, [_task_delivery(row, key, crm, now) for crm in crms]


def _task_delivery(row: NotificationRow, key: str, crm: Way, now: datetime) -> DeliveryRow:
    return DeliveryRow(
        identity(row.id, crm.name),
        row.id,
        row.account,
        None,
        crm.name,
        row.account,
        None,
        key,
        "queued",
        now,
        now + crm.deadline,
        None,
        now,
    )


def _task_row(delivery: Claimed, key: str, contact: str, now: datetime) -> NotificationRow:
    facts = delivery.facts.read()
    return NotificationRow(
        id=identity(key, CRM_RECIPIENT),
        key=key,
        recipient=CRM_RECIPIENT,
        account=delivery.account,
        contact=None,
        kind="crm.task",
        cls="internal",
        meter=None,
        threshold=None,
        alert=None,
        decision=None,
        proposes=None,
        facts=delivery.facts.with_task(_task_lines(facts, contact)),
        task={
            "key": key,
            "purpose": "contact",
            "priority": "high",
            "owner": msgspec.to_builtins(facts.owner),
            "due_at": None,
            "action": "raise",
        },
        created_at=now,
    )


def _task_lines(facts: Facts, contact: str) -> TaskFacts:
    named = {"contact": contact}
    told = [SaidFacts("signal.unreachable", named)]
    if facts.meter is not None:
        told.append(SaidFacts("signal.usage"))
    return TaskFacts(happened=tuple(told), next_step=(SaidFacts("next.address", named),))
