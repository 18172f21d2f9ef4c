"""What a worker claims: the deliveries to send, and what is not wanted any more. One that cannot be read sets its account aside."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier import lifecycle
from services.notifier.channels.base import Claimed
from services.notifier.lifecycle import Unwanted
from services.notifier.store import queue
from shared import parked
from shared.isolation import Failure, Isolation
from shared.test_faults import TestFaults

SERVICE = "notifier"


@dataclass(slots=True)
class Claim:
    wanted: list[Claimed] = field(default_factory=list)
    dropped: list[tuple[Claimed, Unwanted]] = field(default_factory=list)
    failures: dict[parked.Place, Failure] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.wanted and not self.dropped and not self.failures


async def claim(conn: AsyncConnection, channel: str, now: datetime, room: int, lease: timedelta, owner: int, faults: TestFaults) -> Claim:
    """At most `room` of them, in this transaction; what is not wanted is dropped in it."""
    found, isolation = Claim(), Isolation(faults)
    rows = await queue.claim(conn, channel, now, room, lease, owner)
    for row in rows:
        with isolation.of(row["account"], "deliver"):
            one = queue.loaded(row)
            why = lifecycle.unwanted(one.delivery, one.seen)
            if why is None:
                found.wanted.append(one.delivery)
            else:
                found.dropped.append((one.delivery, why))
    found.dropped = [one for one in found.dropped if one[0].account not in isolation.failures]
    await queue.drop(conn, found.dropped, now)
    broken = [row["seq"] for row in rows if row["account"] in isolation.failures]
    if broken:
        found.wanted = [one for one in found.wanted if one.account not in isolation.failures]
        found.failures = places(isolation)
        await queue.put_back(conn, broken, now)
        await parked.park(conn, SERVICE, found.failures, now)
    return found


def places(isolation: Isolation) -> dict[parked.Place, Failure]:
    return {(account, queue.PARKED_LANE): failure for account, failure in isolation.failures.items()}


async def let_go(conn: AsyncConnection, accounts: Collection[str], now: datetime) -> None:
    """A delivery of theirs has got through; what failed for the same reason is tried at once."""
    if accounts:
        await parked.heal(conn, SERVICE, queue.PARKED_LANE, accounts, now)
        await parked.let_go(conn, SERVICE, queue.PARKED_LANE, accounts)
