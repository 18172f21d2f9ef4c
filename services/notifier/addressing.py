"""Decides who gets a message through which channels. Pure.

Every contact gets it in the app; owner and billing admin also by e-mail, once per mailbox; the CSM
gets a task; the webhook gets each message once. A notice in the app cannot be muted: a reader who
has muted proposals sees it without the offer. What one of our people signs is mailed to the
contacts they name, in any role; what they wrote themselves is not shown in the app.

Contacts and their roles are checked again when a delivery is sent (`lifecycle`), and whenever the
contacts change: new contacts then get their copies (`copied`, `mailed`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.notifier.channels.base import Way
from services.notifier.delivery.mail_copies import Copy, spare, without_spare
from services.notifier.messages import KeptFacts, Notice
from services.notifier.rows import (
    CRM_RECIPIENT,
    EMAIL,
    IN_APP,
    DeliveryRow,
    Item,
    NotificationRow,
    State,
    contact_recipient,
)
from shared.messages import Recipient
from shared.messages.facts import PersonFacts, read_threshold
from shared.values.identity import identity
from shared.values.roles import ADMINS

MAIL_ROLES = frozenset({"owner", "billing_admin"})
MUTED = "muted by the reader"
CLOSED = "closed"
"""How the states begin in which a task is over."""
SHOWN = Way(name=IN_APP, receiver="contact", deadline=timedelta(days=36500))
"""The app. Its copies are rows of this database, so there is nothing to give up."""


@dataclass(frozen=True, slots=True)
class Preferences:
    email_notice: bool = True
    email_proposal: bool = True
    in_app_proposal: bool = True


@dataclass(frozen=True, slots=True)
class Reader:
    """A contact as the handler sees it. The address is looked up when sending.

    `refuses`: the contact, or anyone who reads the same mailbox, has refused offers.
    """

    role: str
    preferences: Preferences = Preferences()
    mailbox: bytes | None = None
    refuses: bool = False
    name: str = ""

    @property
    def mailed_offers(self) -> bool:
        return self.preferences.email_proposal and not self.refuses

    @property
    def shown_offers(self) -> bool:
        return self.preferences.in_app_proposal and not self.refuses


@dataclass(frozen=True, slots=True)
class Addressed:
    """One recipient's part of a message."""

    notification: NotificationRow
    deliveries: tuple[DeliveryRow, ...]
    item: Item | None = None


def address(
    tell: Notice, readers: Mapping[str, Reader], ways: Collection[Way], now: datetime
) -> Iterator[Addressed]:
    """Returns the parts of a message, one per recipient.

    `readers`: the account's contacts by id; a recipient not among them is no longer a contact.
    `ways`: the channels that are on.
    """
    present = [recipient for recipient in tell.recipients if recipient.contact in readers]
    parts = [
        _to_contact(tell, recipient, readers[recipient.contact], ways, now) for recipient in present
    ]
    yield from _one_mail_each(parts, readers)
    if tell.task is not None:
        yield _to_crm(tell, ways)
    for way in ways:
        if tell.webhook and way.receiver == "system":
            row = _notification(tell, way.name, None, tell.proposes)
            yield Addressed(row, (_delivery(row, way, _first_due(tell)),))


def _one_mail_each(
    parts: Sequence[Addressed], readers: Mapping[str, Reader]
) -> Iterator[Addressed]:
    spared = spare([copy for seq, part in enumerate(parts) for copy in _copies(part, readers, seq)])
    return (replace(part, deliveries=without_spare(part.deliveries, spared)) for part in parts)


def _copies(part: Addressed, readers: Mapping[str, Reader], seq: int) -> Iterator[Copy]:
    reader = readers[part.notification.contact or ""]
    offers = part.notification.proposes is not None and reader.mailed_offers
    mails = (one for one in part.deliveries if one.channel == EMAIL)
    return (
        Copy(one.id, seq, one.state, reader.mailbox, one.state == "queued", offers, reader.role)
        for one in mails
    )


def copied(
    note: NotificationRow, contact: str, admin: PersonFacts | None, now: datetime
) -> Addressed:
    """Returns an in-app copy for a new contact, with the notice's own time and without an offer.

    `note`: any copy of the notice, including the task's or the webhook's. `admin`: the person a
    member is told to ask.
    """
    recipient = contact_recipient(contact)
    row = replace(
        note,
        id=identity(note.key, recipient),
        recipient=recipient,
        contact=contact,
        kind="usage.threshold" if note.task else note.kind,
        cls="notice" if note.task else note.cls,
        proposes=None,
        task=None,
        facts=note.facts.without_offer().asking(admin),
    )
    delivery = replace(
        _delivery(row, SHOWN, now), state="delivered", next_attempt_at=None, created_at=now
    )
    return Addressed(
        row, (delivery,), Item(row.id, row.account, contact, row.alert, False, row.created_at)
    )


def mailed(
    row: NotificationRow, reader: Reader, waiting: DeliveryRow, now: datetime
) -> DeliveryRow:
    """Returns the mail for a contact who became mailable while another contact's mail still waits.

    It is due at the same time, or now if that has passed.
    """
    muted = MUTED if not reader.preferences.email_notice else None
    due = max(now, waiting.next_attempt_at or now)
    mail = Way(name=waiting.channel, receiver="contact", deadline=waiting.deadline_at - due)
    return replace(_delivery(row, mail, due, suppressed=muted), created_at=now)


def whom_to_ask(readers: Mapping[str, Reader]) -> PersonFacts | None:
    """Returns the person a member is told to ask: the first contact with buying authority."""
    found = (reader for role in ADMINS for reader in readers.values() if reader.role == role)
    first = next(found, None)
    return None if first is None else PersonFacts(first.name)


def held_back(part: Addressed, disabled: Mapping[str, str]) -> Addressed:
    """Records deliveries through a disabled channel as dead, so that they can be recovered."""
    deliveries = tuple(
        replace(
            one,
            state="dead",
            next_attempt_at=None,
            last_error=disabled_reason(one.channel, disabled[one.channel]),
        )
        if one.channel in disabled and one.state == "queued"
        else one
        for one in part.deliveries
    )
    return replace(part, deliveries=deliveries)


def disabled_reason(channel: str, why: str) -> str:
    return f"the {channel} channel is disabled: {why}"


def _first_due(tell: Notice) -> datetime:
    """Returns when the first reader gets it.

    The webhook does not announce an offer before anyone has received it: it may still be withdrawn.
    """
    return min((_due(tell, recipient) for recipient in tell.recipients), default=tell.created_at)


def _due(tell: Notice, recipient: Recipient) -> datetime:
    return max(tell.created_at, recipient.not_before or tell.created_at)


def _to_contact(
    tell: Notice, recipient: Recipient, reader: Reader, ways: Collection[Way], now: datetime
) -> Addressed:
    row = _notification(
        tell, contact_recipient(recipient.contact), recipient.contact, recipient.proposes
    )
    due = _due(tell, recipient)
    waits = recipient.not_before is not None and recipient.not_before > now
    in_app = _in_app(row, reader, due, waits=waits)
    shown = not tell.facts.is_letter
    deliveries = [in_app] if shown else []
    if reader.role in MAIL_ROLES or tell.facts.is_signed:
        muted = not (
            reader.mailed_offers if row.cls == "proposal" else reader.preferences.email_notice
        )
        held = due + timedelta(seconds=tell.mail_hold_seconds)
        deliveries += [
            _delivery(row, way, held, suppressed=MUTED if muted else None)
            for way in ways
            if way.receiver == "contact"
        ]
    item = None
    if shown and in_app.state == "delivered":
        item = Item(
            row.id,
            row.account,
            recipient.contact,
            row.alert,
            not reader.shown_offers,
            tell.created_at,
        )
    return Addressed(row, tuple(deliveries), item)


def _in_app(row: NotificationRow, reader: Reader, due: datetime, *, waits: bool) -> DeliveryRow:
    """Delivered on insert, because the item is written in the same transaction.

    `waits`: a proposal that is not due yet.
    """
    if row.cls == "proposal" and not reader.shown_offers:
        return _delivery(row, SHOWN, due, suppressed=MUTED)
    queued = _delivery(row, SHOWN, due)
    return queued if waits else replace(queued, state="delivered", next_attempt_at=None)


def _to_crm(tell: Notice, ways: Collection[Way]) -> Addressed:
    """Records the task even without a CRM; it is delivered if one is configured."""
    assert tell.task is not None
    action = "complete" if tell.task.state.startswith(CLOSED) else "raise"
    task: dict[str, Any] = msgspec.to_builtins(tell.task) | {"action": action}
    row = replace(
        _notification(tell, CRM_RECIPIENT, None, None), kind="crm.task", cls="internal", task=task
    )
    return Addressed(
        row, tuple(_delivery(row, way, tell.created_at) for way in ways if way.receiver == "crm")
    )


def _notification(
    tell: Notice, recipient: str, contact: str | None, proposes: str | None
) -> NotificationRow:
    """`proposes`: what this recipient's copy offers; if None, the facts lose the offer."""
    return NotificationRow(
        id=identity(tell.key, recipient),
        key=tell.key,
        recipient=recipient,
        account=tell.account,
        contact=contact,
        kind=tell.kind,
        cls=tell.cls,
        meter=tell.meter,
        threshold=tell.threshold,
        alert=tell.alert,
        decision=tell.decision,
        proposes=proposes,
        facts=tell.facts if proposes or contact is None else tell.facts.without_offer(),
        task=None,
        created_at=tell.created_at,
    )


def offer_apart(
    row: Mapping[str, Any], mail: Way, until: datetime, now: datetime
) -> tuple[NotificationRow, DeliveryRow]:
    """Returns the offer as a separate mail, for a notice that is mailed without it.

    `row`: the claimed delivery with its notification's columns.
    """
    key = f"{row['key']}-offer"
    notification = NotificationRow(
        id=identity(key, row["recipient"]),
        key=key,
        recipient=row["recipient"],
        account=row["account"],
        contact=row["contact"],
        kind="upgrade.proposal",
        cls="proposal",
        meter=row["meter"],
        threshold=read_threshold(row["threshold"]),
        alert=row["alert"],
        decision=row["decision"],
        proposes=row["proposes"],
        facts=KeptFacts(row["facts"]),
        task=None,
        created_at=now,
    )
    return notification, _delivery(notification, mail, until)


def _lane(row: NotificationRow, way: Way) -> str | None:
    """What follows each other: an account's tasks, a log's entries. None: nothing."""
    if way.receiver == "crm":
        return row.account
    changed = row.facts.changed
    return None if changed is None else f"{row.kind}:{changed['subject']}"


def _delivery(
    row: NotificationRow, way: Way, due: datetime, *, suppressed: str | None = None
) -> DeliveryRow:
    id = identity(row.id, way.name)
    state: State = "queued" if suppressed is None else "suppressed"
    return DeliveryRow(
        id=id,
        notification=row.id,
        account=row.account,
        contact=row.contact,
        channel=way.name,
        lane=_lane(row, way) or id,
        alert=row.alert,
        task=row.task["key"] if row.task else None,
        state=state,
        next_attempt_at=due if suppressed is None else None,
        deadline_at=due + way.deadline,
        last_error=suppressed,
        created_at=row.created_at,
    )
