"""Does what is due: period ends, subscriptions that end later, accounts to look at again, and whatever judgement has planned.

Any number of processes may run it: what is due is looked for without locks, then taken under the locks of its accounts, so that it
fires once. After a time when nobody ran, everything fires once, late.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.decisions import Purpose
from services.trigger.outcome import Outcome
from services.trigger.plans import CATALOG, ENDS, Subscriptions
from services.trigger.tables import accounts, catalogs, due
from services.trigger.tables.due import Due
from services.trigger.watching import PERIOD, Watch
from shared.backoff import Backoff
from shared.context import Context
from shared.database import is_unavailable, lock_accounts, transaction
from shared.quiescence import report_done
from shared.telemetry import log

BATCH = 200
"""What is due at once, of one purpose, in one transaction: it holds the locks of so many accounts."""

PAGE = 500
_LOOK_SECONDS = 1.0
_CLOCK_SECONDS = 0.05
_PUT_OFF = timedelta(minutes=1)


class Scheduler:
    """A task of the trigger. `run` ends when `stop` is set, between two transactions."""

    def __init__(self, context: Context, watch: Watch) -> None:
        self._context = context
        self._watch = watch
        self._outbox = context.outbox("trigger")
        self._signal = context.wake.signal(due.CHANNEL)
        own = (Purpose(PERIOD, self._look), Purpose(ENDS, self._end, changes_plans=True), Purpose(CATALOG, self._next_page))
        self._purposes = {purpose.name: purpose for purpose in (*own, *watch.judgement.purposes)}
        self._known_offset: timedelta | None = None
        self._tried: list[Due] = []
        self._alone = 0
        self.fault: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            try:
                await self._work(stop)
                self.fault = None
                backoff.reset()
            except Exception as error:
                if not is_unavailable(error):
                    raise
                self.fault = f"PostgreSQL is away ({type(error).__name__})"
                log.warning("scheduler_waits", error=type(error).__name__)
                await backoff.wait(stop)
                continue
            await self._idle(stop)

    async def _work(self, stop: asyncio.Event) -> None:
        offset, now = self._context.clock.offset, self._context.clock.now()
        while not stop.is_set() and await self._fire_safely(now):
            now = max(now, self._context.clock.now())
        if self._context.settings.test_clock and not stop.is_set() and offset != self._known_offset:
            await report_done(self._context.engine, "trigger", now)
            self._known_offset = offset

    async def _idle(self, stop: asyncio.Event) -> None:
        """Until something was planned, a second has passed, or the test clock was moved."""
        until = time.monotonic() + _LOOK_SECONDS
        step = _CLOCK_SECONDS if self._context.settings.test_clock else _LOOK_SECONDS / 4
        while not stop.is_set() and time.monotonic() < until:
            if await self._signal.wait(step):
                return
            if self._context.settings.test_clock and self._context.clock.offset != self._known_offset:
                return

    async def _fire_safely(self, now: datetime) -> bool:
        """What fails for a reason that we did not foresee is tried alone, then put off, so that all else goes on."""
        try:
            more = await self.fire(now, 1 if self._alone else BATCH)
            self._alone = max(0, self._alone - 1)
            return more
        except Exception as error:
            if is_unavailable(error):
                raise
            tried = self._tried
            log.error("due_failed", purpose=tried[0].purpose if tried else "", several=len(tried) > 1, exc_info=error)
            if len(tried) == 1:
                async with transaction(self._context.engine) as conn:
                    await due.put_off(conn, tried[0], now + _PUT_OFF)
            self._alone = len(tried)
            return True

    async def fire(self, now: datetime, limit: int = BATCH) -> bool:
        """One transaction with what is due of one purpose; False where nothing is."""
        outcome = Outcome()
        self._tried = []
        async with transaction(self._context.engine) as conn:
            found = await due.overdue(conn, self._purposes, now, limit)
            if not found:
                return False
            purpose = self._purposes[name_of(found[0])]
            self._tried = found = [one for one in found if name_of(one) == purpose.name]
            if purpose.changes_plans:
                await catalogs.lock_plans(conn)
            await lock_accounts(conn, {one.account for one in found})
            taken = await due.take(conn, found)
            if taken:
                outcome = await purpose.run(conn, taken, now)
                await self._outbox.write(conn, outcome.messages)
        if outcome.messages:
            self._outbox.wake()
        outcome.count()
        return True

    async def _look(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        """A period of theirs ended or began."""
        return await self._watch.reconsider(conn, dict.fromkeys(_accounts(taken)), now=now)

    async def _end(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        subscriptions = Subscriptions(self._watch)
        return Outcome().add(*[await subscriptions.ended(conn, account, now) for account in _accounts(taken)])

    async def _next_page(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        """The next accounts of all those to look at again; the rest in transactions of their own."""
        page = await accounts.page(conn, taken[0].payload["after"], PAGE)
        if len(page) == PAGE:
            await due.schedule(conn, due.NOBODY, CATALOG, now, {"after": page[-1]})
        return await self._watch.reconsider(conn, dict.fromkeys(page), now=now, told_of_new=False)


def name_of(one: Due) -> str:
    return one.purpose.partition(":")[0]


def _accounts(taken: Iterable[Due]) -> list[str]:
    return sorted({one.account for one in taken})
