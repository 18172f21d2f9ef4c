"""What a worker claims: the deliveries to send, and what is not wanted any more. One that cannot be read sets its account aside."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier import lifecycle
from services.notifier.addressing import offer_apart
from services.notifier.channels.base import Claimed
from services.notifier.lifecycle import Unwanted
from services.notifier.rows import EMAIL, DeliveryRow, NotificationRow
from services.notifier.schedule import mailable_at
from services.notifier.store import messages, queue
from shared import parked
from shared.isolation import Failure, Isolation
from shared.test_faults import TestFaults

SERVICE = "notifier"


@dataclass(slots=True)
class Claim:
    """`waiting`: offers that may not be mailed now, until when by the delivery's id. `apart`: offers that leave a notice for it."""

    wanted: list[Claimed] = field(default_factory=list)
    waiting: dict[str, datetime] = field(default_factory=dict)
    apart: list[tuple[NotificationRow, DeliveryRow]] = field(default_factory=list)
    dropped: list[tuple[Claimed, Unwanted]] = field(default_factory=list)
    failures: dict[parked.Place, Failure] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.wanted and not self.waiting and not self.dropped and not self.failures


async def claim(conn: AsyncConnection, channel: str, now: datetime, room: int, lease: timedelta, owner: int, faults: TestFaults) -> Claim:
    """At most `room` of them, in this transaction; what is not wanted is dropped in it."""
    found, isolation = Claim(), Isolation(faults)
    rows = await queue.claim(conn, channel, now, room, lease, owner)
    for row in rows:
        with isolation.of(row["account"], "deliver"):
            one = queue.loaded(row)
            why = lifecycle.unwanted(one.delivery, one.seen)
            if why is None:
                _take(found, one.delivery, row, now)
            else:
                found.dropped.append((one.delivery, why))
    await queue.postpone(conn, found.waiting)
    await messages.insert_notifications(conn, [notification for notification, _ in found.apart])
    await messages.insert_deliveries(conn, [delivery for _, delivery in found.apart])
    found.dropped = [one for one in found.dropped if one[0].account not in isolation.failures]
    await queue.drop(conn, found.dropped, now)
    broken = [row["seq"] for row in rows if row["account"] in isolation.failures]
    if broken:
        found.wanted = [one for one in found.wanted if one.account not in isolation.failures]
        found.failures = places(isolation)
        await queue.put_back(conn, broken, now)
        await parked.park(conn, SERVICE, found.failures, now)
    return found


def _take(found: Claim, delivery: Claimed, row: Mapping[str, Any], now: datetime) -> None:
    """An offer that an outage has made late is not mailed at night: it waits for the next business hours.

    A notice waits for nothing. One that carried the offer goes without it, and the offer becomes a message of its own.
    """
    if delivery.channel != EMAIL or delivery.proposes is None or (until := mailable_at(delivery.facts, now)) is None:
        found.wanted.append(delivery)
    elif delivery.cls == "proposal":
        found.waiting[delivery.id] = until
    else:
        found.apart.append(offer_apart(row, until, now))
        found.wanted.append(replace(delivery, proposes=None, facts={**delivery.facts, "proposal": None}))


def places(isolation: Isolation) -> dict[parked.Place, Failure]:
    return {(account, queue.PARKED_LANE): failure for account, failure in isolation.failures.items()}


async def let_go(conn: AsyncConnection, accounts: Collection[str], now: datetime) -> None:
    """A delivery of theirs has got through; what failed for the same reason is tried at once."""
    if accounts:
        await parked.heal(conn, SERVICE, queue.PARKED_LANE, accounts, now)
        await parked.let_go(conn, SERVICE, queue.PARKED_LANE, accounts)
