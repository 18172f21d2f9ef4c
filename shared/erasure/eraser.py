"""Deletes the data of erased accounts and contacts in small pieces; each service deletes what it
has written.

Every step can be repeated: a process that ends halfway leaves the rest to the next one. A service
is done once it has looked everywhere and found nothing, after the end of all transactions that may
have written without knowing of the erasure.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasure import requests as erasure
from shared.erasure.requests import Erasure
from shared.loop.isolation import Failure
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.context import Context
from shared.runtime.waits import pause
from shared.telemetry import metrics
from shared.telemetry.logs import log

PIECE = 500
WAITS = -1
"""Returned by a step that cannot continue yet and depends on something else."""
_IDLE_SECONDS, _WAITING_SECONDS, _BETWEEN_SECONDS = 5.0, 0.5, 0.005
_QUIET_SECONDS = 1.0
"""Time from the first look to the last: anything that was in flight outside a transaction has
arrived by then.
"""
_READER_SECONDS = 60.0
"""A transaction that has only read for this long is not one of ours, whose statements and pauses
have limits: it is a dump, or someone at a prompt.
"""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0


@dataclass(slots=True)
class Work:
    """The state of an erasure in this process. `unaware`: transactions that may have begun before
    it and have not ended since `seen`. `places`: how far each table whose rows stay has been
    processed.
    """

    erasure: Erasure
    seen: float | None = None
    unaware: Set[str] = frozenset()
    begun: float | None = None
    pause: float = 0.0
    not_before: float = 0.0
    places: dict[str, Any] = field(default_factory=dict)


Step = Callable[[AsyncConnection, Work], Awaitable[int]]
"""Processes one piece, which ends its transaction, and returns how many rows it found, or WAITS. 0:
nothing is left.
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """A table's rows of an account, and of a contact. None: it has none. `given` holds further
    parameters of the statement.
    """

    table: str
    account: str | None = "account = :account"
    contact: str | None = None

    async def __call__(self, conn: AsyncConnection, work: Work) -> int:
        one = work.erasure
        where = self.account if one.contact is None else self.contact
        if where is None:
            return 0
        given = {"account": one.account, "limit": PIECE} | (
            {} if one.contact is None else {"contact": one.contact}
        )
        # by ctid: the rows of a piece are looked up once, however many there are
        statement = (
            f"delete from {self.table} t "
            f"where t.ctid = any(array(select ctid from {self.table} r where {where} limit :limit))"
        )
        return (await conn.execute(text(statement), given)).rowcount


class Eraser:
    """A task of each service. Skips what another process is working on; a failed erasure is retried
    later and does not hold up others.
    """

    def __init__(self, context: Context, service: str, steps: Sequence[Step]) -> None:
        self._context = context
        self._service = service
        self._steps = steps
        self._signal = context.wake.signal(erasure.CHANNEL)
        self._works: dict[bytes, Work] = {}
        self._seen = set[bytes]()
        self._after: Erasure | None = None

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                goes_on = await self.once()
            except DatabaseUnavailable:
                goes_on = False
            if goes_on:
                await pause(stop, _BETWEEN_SECONDS)
            elif self._works:
                await pause(stop, _WAITING_SECONDS)
            else:
                await self._rest(stop)

    async def _rest(self, stop: asyncio.Event) -> None:
        waits = [
            asyncio.ensure_future(self._signal.wait(_IDLE_SECONDS)),
            asyncio.ensure_future(stop.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def once(self) -> bool:
        """Processes a piece of every table for the next erasures. Returns whether more can be done
        now.

        They take turns: erasures that have to wait, however many, do not hold up later ones.
        """
        async with transaction(self._context.engine) as conn:
            wanted = await erasure.pending(conn, self._service, self._after)
            number, oldest = await erasure.waiting(conn, self._service)
        age = (
            0.0
            if oldest is None
            else max(0.0, (self._context.clock.now() - oldest).total_seconds())
        )
        metrics.erasures_pending.labels(self._service).set(number)
        metrics.erasure_oldest.labels(self._service).set(age)
        works = [self._known(one) for one in wanted]
        is_last = len(wanted) < erasure.AT_ONCE
        self._after = None if is_last else wanted[-1]
        goes_on = [
            await self._safely(work) for work in works if time.monotonic() >= work.not_before
        ]
        if is_last:
            self._works = {hash: work for hash, work in self._works.items() if hash in self._seen}
            self._seen = set()
        return any(goes_on) or not is_last

    def _known(self, one: Erasure) -> Work:
        work = self._works.get(one.hash)
        if work is None or work.erasure != one:
            work = self._works[one.hash] = Work(one)
        self._seen.add(one.hash)
        return work

    async def _safely(self, work: Work) -> bool:
        try:
            goes_on = await self._piece(work)
        except Exception as error:
            # Temporary failures too: a statement that times out does so for this erasure only, and
            # the others go on meanwhile.
            work.pause = min(_LONGEST_PAUSE, max(_FIRST_PAUSE, work.pause * 2))
            work.not_before = time.monotonic() + work.pause
            work.places.clear()  # what was not committed has to be gone through again
            failure = Failure("erasure", error)
            tell = log.warning if isinstance(error, DatabaseUnavailable) else log.error
            tell(
                "erasure_failed",
                service=self._service,
                erasure=work.erasure.name,
                reason=failure.reason,
                trace=failure.trace,
            )
            return False
        work.pause = 0.0
        return goes_on

    async def _piece(self, work: Work) -> bool:
        if not await self._is_known_to_all(work):
            return False
        found = list[int]()
        while len(found) < len(self._steps):
            async with transaction(self._context.engine) as conn:
                if not await erasure.take(conn, work.erasure):
                    return False
                found += await self._up_to_a_piece(conn, work, self._steps[len(found) :])
        if any(found) or work.begun is None:
            work.begun = work.begun or time.monotonic()
            return any(number > 0 for number in found)
        if time.monotonic() - work.begun < _QUIET_SECONDS:
            return False
        async with transaction(self._context.engine) as conn:
            await erasure.done(conn, work.erasure, self._service, self._context.clock.now())
        log.info("erased", service=self._service, erasure=work.erasure.name)
        return True

    async def _up_to_a_piece(
        self, conn: AsyncConnection, work: Work, steps: Sequence[Step]
    ) -> list[int]:
        """Steps that find nothing of an account lock nothing: those before a piece share its
        transaction, so the last look is a single one.
        """
        found = list[int]()
        for step in steps:
            found.append(await step(conn, work))
            if found[-1] > 0 or work.erasure.contact is not None:
                break
        return found

    async def _is_known_to_all(self, work: Work) -> bool:
        """Whether every transaction that began before the commit has ended: it may have read who
        was erased before, and write afterwards.
        """
        if work.seen is not None and not work.unaware:
            return True
        async with transaction(self._context.engine) as conn:
            still = await erasure.open_transactions(conn)
        now = time.monotonic()
        if work.seen is None:
            work.seen, work.unaware = now, still.keys()
        only_writers = now - work.seen > _READER_SECONDS
        work.unaware = {
            one for one in work.unaware if one in still and (still[one] or not only_writers)
        }
        return not work.unaware
