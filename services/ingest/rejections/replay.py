"""Sends rejected records again, as they were or corrected, through the door of new events.

A record is published before it is marked, under a lock of its row: after a crash in between it is
sent once more, and counts once all the same, because its events keep their ids.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.rejections.door import Admitted, Door
from services.ingest.rejections.shapes import Outcome, kept
from services.ingest.tables import rejects
from services.ingest.tables.rejects import Filters
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.events import Accepted, Unusable, is_array, read_parts
from shared.messages import ACCOUNT_EVENTS, USAGE_EVENTS
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.telemetry import metrics

REPLAYABLE = {("ingest", USAGE_EVENTS), ("trigger", ACCOUNT_EVENTS)}
"""What products and other systems send. Messages between the services are read again instead."""
_PIECE = 25
_MOST = 1_000
_SECONDS = 15.0
_OUTCOME_SECONDS, _FIRST_LOOK, _LONGEST_LOOK = 4.0, 0.05, 0.4
_EVENT = b"application/cloudevents+json"
_EVENTS = b"application/cloudevents-batch+json"

Places = list[tuple[int, int]]
"""(partition, offset) of each published record."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A record that was published again. `places`: where."""

    row: Row[Any]
    places: Places
    erased: int


@dataclass(frozen=True, slots=True)
class Settled:
    """Somebody else has settled it already, or it cannot be sent again: `why`."""

    why: str


@dataclass(frozen=True, slots=True)
class Counted:
    """`next_after`: the id after which to go on; None if all were tried."""

    matched: int
    replayed: int = 0
    refused: int = 0
    next_after: int | None = None


class Replay:
    def __init__(self, context: Context, door: Door) -> None:
        self._context = context
        self._door = door

    async def one(
        self, id: int, corrected: bytes | None, author: Author
    ) -> Sent | Settled | Unusable | None:
        """`corrected`: an event or a batch in place of what was kept. None: no such record."""
        async with transaction(self._context.engine) as conn:
            row = await rejects.find(conn, id, locked=True)
            if row is None:
                return None
            if (why := _settled(row)) is not None:
                return Settled(why)
            payload = corrected if corrected is not None else kept(row)
            if payload is None:
                return Settled("Nothing is left of it to send: send a corrected payload.")
            admitted = await self._admitted(conn, row, payload)
            if isinstance(admitted, Unusable):
                metrics.rejected_settled.labels(row.service, "refused").inc()
                return admitted
            places = await self._publish(admitted)
            await self._settle(conn, [row], author)
            done = Done("replay", "rejected", str(id), self._context.clock.now())
            await trail.write(conn, author, done)
            after = await rejects.find(conn, id)
            assert after is not None, "it is locked"
        return Sent(after, places, admitted.erased)

    async def outcome(self, sent: Sent) -> Outcome | rejects.Fate:
        """Waits a moment for its service; the fate of one that was refused again is stored."""
        end, pause = time.monotonic() + _OUTCOME_SECONDS, _FIRST_LOOK
        while True:
            async with transaction(self._context.engine) as conn:
                found = await rejects.fates(conn, sent.row.service, sent.row.topic, sent.places)
                for fate in found:
                    if fate.refused is not None:
                        await rejects.became(conn, sent.row.id, fate.refused)
                        return fate
            if all(fate.passed for fate in found):
                return "applied"
            if time.monotonic() > end:
                return "pending"
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_LOOK)

    async def several(self, wanted: Filters, after: int, author: Author) -> Counted:
        """All open ones, the oldest first, as many as fit into a request; what is refused again
        stays open.
        """
        async with transaction(self._context.engine) as conn:
            matched = await rejects.count_open(conn, wanted, after)
        replayed = refused = 0
        end, last = time.monotonic() + _SECONDS, after
        while replayed + refused < _MOST and time.monotonic() < end:
            tried, sent, last = await self._piece(wanted, last, author)
            replayed, refused = replayed + sent, refused + tried - sent
            if tried < _PIECE:
                return Counted(matched, replayed, refused)
        return Counted(matched, replayed, refused, last)

    async def _piece(self, wanted: Filters, after: int, author: Author) -> tuple[int, int, int]:
        """How many were tried and how many of them sent, and the id of the last."""
        async with transaction(self._context.engine) as conn:
            rows = await rejects.open_ones(conn, wanted, after, _PIECE)
            sent: list[Row[Any]] = []
            records = []
            for row in rows:
                payload = None if _settled(row) is not None else kept(row)
                found = await self._admitted(conn, row, payload) if payload is not None else None
                if isinstance(found, Admitted):
                    sent.append(row)
                    records += found.records
                else:
                    metrics.rejected_settled.labels(row.service, "refused").inc()
            if sent:
                await self._publish(Admitted(records, 0))
                await self._settle(conn, sent, author)
                told = {"reason": wanted.reason or wanted.code, "replayed": len(sent)}
                now = self._context.clock.now()
                await trail.write(conn, author, Done("replay", "rejected", "", now, after=told))
        return len(rows), len(sent), rows[-1].id if rows else after

    async def _admitted(
        self, conn: AsyncConnection, row: Row[Any], payload: bytes
    ) -> Admitted | Unusable:
        found = read(payload)
        if row.topic == USAGE_EVENTS:
            return await self._door.usage(conn, found)
        return await self._door.facts(conn, found)

    async def _publish(self, admitted: Admitted) -> Places:
        if not admitted.records:
            return []
        placed = await self._context.producer.send(admitted.records)
        return [(one.partition, one.offset) for one in placed]

    async def _settle(
        self, conn: AsyncConnection, rows: Sequence[Row[Any]], author: Author
    ) -> None:
        now = self._context.clock.now()
        await rejects.settle(conn, [row.id for row in rows], "replayed", author, now)
        for row in rows:
            metrics.rejected_settled.labels(row.service, "replayed").inc()


def read(payload: bytes) -> Accepted | Unusable:
    """One event, or an array of them."""
    media = _EVENTS if is_array(payload) else _EVENT
    return read_parts([(b"content-type", media)], payload)


def _settled(row: Row[Any]) -> str | None:
    if (row.service, row.topic) not in REPLAYABLE:
        return (
            f"Records of {row.topic} are not sent again one by one: mend the cause, then "
            f"`plimsoll rewind --service {row.service}`."
        )
    return "It has been sent again already." if row.state == "replayed" else None
