"""What a worker claims: the deliveries to send, and those that are no longer wanted.

A delivery that cannot be read parks its account.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier import lifecycle
from services.notifier.addressing import MAIL_ROLES, Reader, offer_apart
from services.notifier.channels.base import Claimed
from services.notifier.channels.registry import KINDS
from services.notifier.delivery.mail_copies import SAME_MAILBOX, Copy, is_served
from services.notifier.lifecycle import HANDED_OVER, LEAVES_THE_MAILBOX, Unwanted
from services.notifier.rows import EMAIL, DeliveryRow, NotificationRow
from services.notifier.schedule import mailable_at
from services.notifier.store import messages, queue
from services.notifier.store import people as people_rows
from services.notifier.store.queue import Bounce
from shared.clock.test_faults import TestFaults
from shared.loop import parked_rows
from shared.loop.isolation import Failure, Isolation
from shared.messages import People
from shared.values.identity import identity
from shared.values.mailboxes import mailbox

SERVICE = "notifier"


@dataclass(slots=True)
class Claim:
    """`waiting`: by delivery id, offers that may not be mailed yet, with the time when they may.

    `apart`: offers split off from their notice for the same reason.
    """

    wanted: list[Claimed] = field(default_factory=list)
    waiting: dict[str, datetime] = field(default_factory=dict)
    apart: list[tuple[NotificationRow, DeliveryRow]] = field(default_factory=list)
    dropped: list[tuple[Claimed, Unwanted]] = field(default_factory=list)
    failures: dict[parked_rows.Place, Failure] = field(default_factory=dict)
    passed_on: list[People] = field(default_factory=list)  # to be published with this transaction

    @property
    def is_empty(self) -> bool:
        return not self.wanted and not self.waiting and not self.dropped and not self.failures


async def claim(
    conn: AsyncConnection,
    channel: str,
    now: datetime,
    room: int,
    lease: timedelta,
    owner: int,
    faults: TestFaults,
) -> Claim:
    """Claims at most `room` deliveries, and drops the unwanted ones in the same transaction."""
    found, isolation = Claim(), Isolation(faults)
    rows = await queue.claim(conn, channel, now, room, lease, owner)
    people = await readership(conn, channel, rows)
    for row in rows:
        with isolation.of(row["account"], "deliver"):
            one = queue.loaded(row, refuses=people.refuses(row), refused=people.refused)
            why = lifecycle.unwanted(one.delivery, one.seen) or people.served(one.delivery)
            if why is None:
                _take(found, one.delivery, row, now)
            else:
                found.dropped.append((one.delivery, why))
    await queue.postpone(conn, found.waiting)
    await messages.insert_notifications(conn, [notification for notification, _ in found.apart])
    await messages.insert_deliveries(conn, [delivery for _, delivery in found.apart])
    found.dropped = [one for one in found.dropped if one[0].account not in isolation.failures]
    await queue.drop(conn, found.dropped, now)
    found.passed_on = await _passed_on(conn, found.dropped, now)
    broken = [row["seq"] for row in rows if row["account"] in isolation.failures]
    if broken:
        found.wanted = [one for one in found.wanted if one.account not in isolation.failures]
        found.failures = places(isolation)
        await queue.put_back(conn, broken, now)
        await parked_rows.park(conn, SERVICE, found.failures, now)
    if channel == EMAIL:
        await queue.address_mails(
            conn, {one.id: one.contact.mailbox if one.contact else None for one in found.wanted}
        )
        signers = {one.notification: one.signer.id for one in found.wanted if one.signer}
        await queue.note_signers(conn, signers)
    return found


def _take(found: Claim, delivery: Claimed, row: Mapping[str, Any], now: datetime) -> None:
    """An offer delayed by an outage is not mailed at night: it waits for the next business hours.

    A notice never waits: if it carried the offer it is sent without it, and the offer becomes a
    separate message.
    """
    if (
        delivery.channel != EMAIL
        or not delivery.offers
        or (until := mailable_at(delivery.facts.read(), now)) is None
    ):
        found.wanted.append(delivery)
    elif delivery.cls == "proposal":
        found.waiting[delivery.id] = until
    else:
        found.apart.append(offer_apart(row, KINDS[EMAIL], until, now))
        found.wanted.append(replace(delivery, proposes=None, facts=delivery.facts.without_offer()))


@dataclass(frozen=True, slots=True)
class Readership:
    """The readers of the claimed deliveries, and the other mails to their mailboxes."""

    readers: Mapping[str, Mapping[str, Reader]] = field(default_factory=dict)
    refused: Mapping[bytes, Bounce] = field(default_factory=dict)
    copies: Mapping[str, Sequence[Copy]] = field(default_factory=dict)
    claimed: frozenset[str] = frozenset()

    def refuses(self, row: Mapping[str, Any]) -> bool:
        reader = self.readers.get(row["account"], {}).get(row["contact"])
        return reader is not None and reader.refuses

    def served(self, delivery: Claimed) -> Unwanted | None:
        """A mail whose mailbox gets the message through another contact's copy is not sent.

        A manual retry is sent regardless.
        """
        copies = self.copies.get(delivery.key, ())
        mine = next((one for one in copies if one.id == delivery.id), None)
        if (
            mine is None
            or delivery.by_hand
            or delivery.in_doubt
            or not is_served(mine, copies, self.claimed)
        ):
            return None
        return Unwanted("suppressed", SAME_MAILBOX, "same_mailbox")


async def readership(
    conn: AsyncConnection, channel: str, rows: Sequence[Mapping[str, Any]]
) -> Readership:
    """Of these rows of `queue`."""
    if channel == EMAIL and rows:
        addresses = {row["email"] for row in rows if row["email"]}
        mails = await queue.copies(conn, {row["key"] for row in rows}, addresses)
        readers = await people_rows.readers(conn, {row["account"] for row in rows}, addresses)
        refused = await queue.bounces(conn, {mailbox(address) for address in addresses})
        return Readership(
            readers, refused, _copies(mails, readers), frozenset(row["id"] for row in rows)
        )
    offering = {
        row["account"] for row in rows if row["contact"] is not None and row["class"] == "proposal"
    }
    return Readership(await people_rows.readers(conn, offering)) if offering else Readership()


def _copies(
    mails: Sequence[Mapping[str, Any]], readers: Mapping[str, Mapping[str, Reader]]
) -> dict[str, list[Copy]]:
    found: dict[str, list[Copy]] = {}
    for mail in mails:
        found.setdefault(mail["key"], []).append(
            _copy(mail, readers.get(mail["account"], {}).get(mail["contact"]))
        )
    return found


def _copy(mail: Mapping[str, Any], reader: Reader | None) -> Copy:
    wanted = reader is not None and (reader.role in MAIL_ROLES or mail["is_signed"])
    if reader is not None:
        wanted = wanted and (
            reader.mailed_offers if mail["class"] == "proposal" else reader.preferences.email_notice
        )
    return Copy(
        id=mail["id"],
        seq=mail["seq"],
        state=mail["state"],
        mailbox=None if reader is None else reader.mailbox,
        wanted=wanted,
        offers=mail["proposes"] is not None and reader is not None and reader.mailed_offers,
        role="" if reader is None else reader.role,
        in_doubt=mail["in_doubt"],
        sent_to=mail["mailbox"] and bytes(mail["mailbox"]),
    )


async def _passed_on(
    conn: AsyncConnection, dropped: Sequence[tuple[Claimed, Unwanted]], now: datetime
) -> list[People]:
    """Passes on mails that are not sent after all to other contacts.

    Copies to the same mailbox are revived here. Contacts who became mailable are left to the
    handler, which knows which messages are over by then.
    """
    left = [
        delivery
        for delivery, why in dropped
        if delivery.channel == EMAIL and why.cause in LEAVES_THE_MAILBOX
    ]
    if left:
        await people_rows.revive(
            conn, {one.account for one in left}, {one.key for one in left}, now
        )
    handed = [
        delivery
        for delivery, why in dropped
        if delivery.channel == EMAIL and why.cause in HANDED_OVER and not delivery.facts.is_signed
    ]
    return [
        People(identity("people", one.id, str(one.claim)), one.account, now, (one.key,))
        for one in handed
    ]


def places(isolation: Isolation) -> dict[parked_rows.Place, Failure]:
    return {
        (account, queue.PARKED_LANE): failure for account, failure in isolation.failures.items()
    }


async def let_go(conn: AsyncConnection, accounts: Collection[str], now: datetime) -> None:
    """Releases accounts whose delivery succeeded; what failed for the same reason is due now."""
    if accounts:
        await parked_rows.heal(conn, SERVICE, queue.PARKED_LANE, accounts, now)
        await parked_rows.let_go(conn, SERVICE, queue.PARKED_LANE, accounts)
