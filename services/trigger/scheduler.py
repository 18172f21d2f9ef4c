"""Runs what is due: ends of periods, subscriptions that end or start later, accounts to evaluate
again, and whatever judgement scheduled.

Any number of processes may run it: due timers are found without locks, then taken under the locks
of their accounts, so that each fires once. After downtime everything that was missed fires once,
late.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.alerts.rate_watch import RateTimers
from services.trigger.alerts.watch import PERIOD, Watch
from services.trigger.outcome import Outcome
from services.trigger.proposals import rulings
from services.trigger.purposes import Purpose
from services.trigger.subscriptions.timers import SubscriptionTimers
from services.trigger.tables import catalogs, due
from services.trigger.tables.due import Due
from services.trigger.timer_batches import Batches
from shared.clock.quiescence import report_done
from shared.loop import parked_rows as parked_rows
from shared.loop.isolation import AccountsFailed, Failure, Isolation
from shared.loop.parked_rows import Place
from shared.loop.parking import FaultLog
from shared.postgres import data_errors
from shared.postgres.database import lock_accounts, transaction
from shared.postgres.errors import DatabaseUnavailable, sqlstate
from shared.runtime.backoff import Backoff
from shared.runtime.context import Context
from shared.telemetry.logs import log

_LOOK_SECONDS = 1.0
_CLOCK_SECONDS = 0.05
_JUDGED_AT_ONCE = 20


class Scheduler:
    """A task of the trigger. `run` ends when `stop` is set, between two transactions."""

    def __init__(self, context: Context, watch: Watch) -> None:
        self._context = context
        self._watch = watch
        self._outbox = context.outbox("trigger")
        self._signal = context.wake.signal(due.CHANNEL)
        own = (
            Purpose(PERIOD, self._look),
            *SubscriptionTimers(watch).purposes,
            *RateTimers(watch).purposes,
        )
        self._purposes = {purpose.name: purpose for purpose in (*own, *watch.judgement.purposes)}
        self._known_offset: timedelta | None = None
        self._due, self._again = Batches(), Batches()
        self._log = FaultLog("trigger")
        self.fault: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            try:
                await self._work(stop)
                self.fault = None
                backoff.reset()
            except DatabaseUnavailable as error:
                self.fault = f"PostgreSQL is unavailable ({error.kind})"
                log.warning("scheduler_paused", error=error.kind)
                await backoff.wait(stop)
                continue
            await self._idle(stop)

    async def _work(self, stop: asyncio.Event) -> None:
        """All that is due, in small transactions.

        Retries alternate with new work, so that failures take at most half of the turns.
        """
        offset, now = self._context.clock.offset, self._context.clock.now()
        more = True
        while more and not stop.is_set():
            fired = await self._fire_safely(self._due, now, parked=False)
            retried = await self._fire_safely(self._again, now, parked=True)
            judged = await self._judge_again_safely(now)
            more = fired or retried or judged
            now = max(now, self._context.clock.now())
        if self._context.settings.test_clock and not stop.is_set() and offset != self._known_offset:
            await report_done(self._context.engine, "trigger", now)
            self._known_offset = offset

    async def _idle(self, stop: asyncio.Event) -> None:
        """Waits until something is scheduled, a second has passed, or the test clock is moved."""
        until = time.monotonic() + _LOOK_SECONDS
        step = _CLOCK_SECONDS if self._context.settings.test_clock else _LOOK_SECONDS / 4
        while not stop.is_set() and time.monotonic() < until:
            if await self._signal.wait(step):
                return
            if (
                self._context.settings.test_clock
                and self._context.clock.offset != self._known_offset
            ):
                return

    async def _fire_safely(self, batches: Batches, now: datetime, *, parked: bool) -> bool:
        """One transaction.

        Timers that fail are set aside by account; if the cause is unknown, fewer are tried
        together.
        """
        started = time.monotonic()
        try:
            more = await self.fire(now, batches, parked=parked)
            batches.passed(time.monotonic() - started)
            return more
        except AccountsFailed as failed:
            named = {
                lane: failed.failures[lane[0]]
                for lane in batches.tried
                if lane[0] in failed.failures
            }
            await self._set_aside(named or _blamed(batches, failed), now)
        except Exception as error:
            if _leaves_doubt(error):
                raise
            await self._set_aside(_blamed(batches, error), now)
        return True

    async def _set_aside(self, failures: Mapping[Place, Failure], now: datetime) -> None:
        if failures:
            async with transaction(self._context.engine) as conn:
                await parked_rows.park(conn, "trigger", failures, now)
            self._log.tell(failures)

    async def fire(
        self, now: datetime, batches: Batches | None = None, *, parked: bool = False
    ) -> bool:
        """One transaction with the due timers of one purpose; False if there are none.

        `parked`: those that failed before.
        """
        outcome, batches = Outcome(), batches or Batches()
        batches.tried = []
        async with transaction(self._context.engine) as conn:
            found = await due.overdue(conn, self._purposes, now, batches.limit, parked=parked)
            if not found:
                if parked:
                    await due.drop_idle(conn, now)
                return False
            purpose = self._purposes[name_of(found[0])]
            found = [one for one in found if name_of(one) == purpose.name]
            batches.tried = [(one.account, due.lane_of(one)) for one in found]
            if purpose.changes_plans:
                await catalogs.lock_plans(conn)
            await lock_accounts(conn, {one.account for one in found})
            taken = await due.take(conn, found)
            if taken:
                self._check(taken)
                outcome = await purpose.run(conn, taken, now)
                await self._watch.follow(conn, outcome, now)
                await self._outbox.write(conn, outcome.messages)
            if parked:
                lane, accounts = due.lane_of(found[0]), {one.account for one in found}
                await parked_rows.heal(conn, "trigger", lane, accounts, now)
                await parked_rows.let_go(conn, "trigger", lane, accounts)
        if outcome.messages:
            self._outbox.wake()
        outcome.count()
        return True

    def _check(self, taken: Sequence[Due]) -> None:
        """Raises faults that a tester asked for."""
        isolation = Isolation(self._watch.faults)
        for one in taken:
            with isolation.of(one.account, "timer"):
                pass
        isolation.check()

    async def _judge_again_safely(self, now: datetime) -> bool:
        """Makes failed decisions, a few accounts at a time."""
        async with transaction(self._context.engine) as conn:
            accounts = await parked_rows.due_in(conn, "trigger", rulings.LANE, now, _JUDGED_AT_ONCE)
        if not accounts:
            return False
        await self._judge_apart(accounts, now)
        return True

    async def _judge_apart(self, accounts: Sequence[str], now: datetime) -> None:
        """Together if possible, otherwise in halves until the failing account is alone."""
        try:
            await self._judge_again(accounts, now)
        except Exception as error:
            if _leaves_doubt(error):
                raise
            if len(accounts) > 1:
                half = len(accounts) // 2
                await self._judge_apart(accounts[:half], now)
                await self._judge_apart(accounts[half:], now)
                return
            failures = {
                (account, rulings.LANE): Failure(rulings.LANE, error) for account in accounts
            }
            async with transaction(self._context.engine) as conn:
                await rulings.put_off(conn, failures, now)
            self._log.tell(failures)

    async def _judge_again(self, accounts: Sequence[str], now: datetime) -> None:
        async with transaction(self._context.engine) as conn:
            await lock_accounts(conn, accounts)
            outcome, failures = await rulings.again(conn, self._watch.judgement, accounts, now)
            await self._outbox.write(conn, outcome.messages)
        if outcome.messages:
            self._outbox.wake()
        self._log.tell(failures)

    async def _look(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        """A period of these accounts ended or began."""
        return await self._watch.reconsider(conn, dict.fromkeys(due.accounts_of(taken)), now=now)


def _blamed(batches: Batches, error: Exception) -> Mapping[Place, Failure]:
    return {place: Failure("timer", error) for place in batches.narrowed()}


def _leaves_doubt(error: Exception) -> bool:
    """PostgreSQL is unavailable.

    A statement that PostgreSQL cancelled may have been too slow because of these accounts, and
    would be again.
    """
    return (
        isinstance(error, DatabaseUnavailable)
        and sqlstate(error) not in data_errors.ENDED_BY_SERVER
    )


def name_of(one: Due) -> str:
    return one.purpose.partition(":")[0]
