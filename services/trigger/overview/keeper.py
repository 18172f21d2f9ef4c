"""Keeps the overviews of accounts, from which lists are read: writes those again that something was
changed of, and looks every minute at whose usage has moved.

Any number of processes may run it; one at a time writes.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.trigger.dossier.loader import Loader
from services.trigger.overview.entries import entries_of
from services.trigger.overview.summary import summarised
from services.trigger.tables.lists import marks, overview, search
from services.trigger.tables.lists.marks import LANE
from shared.clock.quiescence import report_done
from shared.loop import parked_rows
from shared.loop.isolation import AccountsFailed, Failure, Isolation
from shared.loop.parking import FaultLog
from shared.postgres import data_errors
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable, sqlstate
from shared.runtime.backoff import Backoff
from shared.runtime.context import Context
from shared.runtime.waits import pause
from shared.telemetry import metrics
from shared.telemetry.logs import log

BATCH = 100
SWEEP = timedelta(seconds=60)
MOST_SWEPT = 5_000
BEHIND_SECONDS = 900.0
"""Lists that are older than this are called out."""
_LOOK_SECONDS, _CLOCK_SECONDS, _MEASURE_SECONDS = 1.0, 0.05, 10.0
_REST = 3.0
"""Rests for this many times as long as it worked: what customers wait for comes first."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Accounts, each with the marks that are done with once it is written; `again`: those that
    failed before.
    """

    accounts: Mapping[str, Sequence[int]]
    again: frozenset[str] = frozenset()

    def halves(self) -> tuple["Batch", "Batch"]:
        ordered = list(self.accounts.items())
        half = len(ordered) // 2
        return Batch(dict(ordered[:half]), self.again), Batch(dict(ordered[half:]), self.again)

    @property
    def marks(self) -> list[int]:
        return [id for ids in self.accounts.values() for id in ids]


class Keeper:
    """A task of the trigger. `run` ends when `stop` is set, between two transactions."""

    def __init__(self, context: Context, loader: Loader) -> None:
        self._context = context
        self._loader = loader
        self._swept: list[str] = []
        self._sweep_at: datetime | None = None
        self._known_offset: timedelta | None = None
        self._asked = asyncio.Event()
        self._measured_at = -_MEASURE_SECONDS
        self._log = FaultLog("trigger")
        self._waited = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            self._asked.clear()
            try:
                await self.work(stop)
                backoff.reset()
            except DatabaseUnavailable as error:
                log.warning("overviews_paused", error=error.kind)
                await backoff.wait(stop)
                continue
            await self._idle(stop)

    async def work(self, stop: asyncio.Event) -> None:
        """Everything that is to be written now, in small transactions."""
        offset, now = self._context.clock.offset, self._context.clock.now()
        tests, done_until = self._context.settings.test_clock, now
        if self._sweep_at is None or now >= self._sweep_at or offset != self._known_offset:
            async with transaction(self._context.engine) as conn:
                self._swept = await marks.moved(conn, now, MOST_SWEPT)
            self._sweep_at = now + SWEEP
        while not stop.is_set():
            began = time.monotonic()
            if not await self._turn(now):
                break
            await self._measure(now)
            now = max(now, self._context.clock.now())
            if not tests:
                await pause(stop, (time.monotonic() - began) * _REST)
        await self._measure(now)
        if tests and not stop.is_set() and offset != self._known_offset:
            await report_done(self._context.engine, "overview", done_until)
        self._known_offset = offset

    async def is_done(self) -> bool:
        """Whether nothing waits to be written, usage included: the test clock waits for it."""
        now = self._context.clock.now()
        async with transaction(self._context.engine) as conn:
            done = not (await marks.is_any(conn, now) or await marks.moved(conn, now, 1))
        if not done:
            self._sweep_at = None
            self._asked.set()
        return done

    async def note(self) -> str | None:
        """For readiness: that lists are behind."""
        if self._waited < BEHIND_SECONDS:
            return None
        return f"lists of accounts are {int(self._waited // 60)} minutes behind"

    async def _idle(self, stop: asyncio.Event) -> None:
        until, tests = time.monotonic() + _LOOK_SECONDS, self._context.settings.test_clock
        while not stop.is_set() and time.monotonic() < until:
            if self._asked.is_set() or (tests and self._context.clock.offset != self._known_offset):
                return
            await pause(stop, _CLOCK_SECONDS if tests else _LOOK_SECONDS)

    async def _turn(self, now: datetime) -> bool:
        """One batch; False if there was none."""
        async with transaction(self._context.engine) as conn:
            found = await marks.marked(conn, BATCH)
            again = await parked_rows.due_in(conn, "trigger", LANE, now, BATCH // 5)
            late = await marks.overdue(conn, now, BATCH - len(found)) if len(found) < BATCH else []
        swept, self._swept = self._swept[: BATCH - len(found)], self._swept[BATCH - len(found) :]
        accounts = dict.fromkeys((*again, *late, *swept), ()) | found
        if not accounts:
            return False
        return await self._written(Batch(accounts, frozenset(again)), now)

    async def _written(self, batch: Batch, now: datetime) -> bool:
        """False if another process is writing. Accounts that fail are parked, the others are
        written.
        """
        try:
            return await self._write(batch, now)
        except AccountsFailed as failed:
            failures = {
                one: failed.failures[one] for one in batch.accounts if one in failed.failures
            }
            rest = {one: ids for one, ids in batch.accounts.items() if one not in failures}
            await self._park(batch, failures, now)
            return await self._written(Batch(rest, batch.again), now) if rest else True
        except Exception as error:
            if _leaves_doubt(error):
                raise
            if len(batch.accounts) == 1:
                await self._park(batch, dict.fromkeys(batch.accounts, Failure(LANE, error)), now)
                return True
            halves = batch.halves()
            return all([await self._written(half, now) for half in halves])

    async def _write(self, batch: Batch, now: datetime) -> bool:
        accounts = sorted(batch.accounts)
        async with transaction(self._context.engine) as conn:
            if not await marks.alone(conn):
                return False
            await marks.drop(conn, batch.marks)
            seen = await marks.seen(conn, accounts, now)
            loading, isolation = Isolation(), Isolation(self._context.faults)
            loaded = await self._loader.load(conn, accounts, now, isolation=loading)
            for account, failure in loading.failures.items():
                isolation.failures[account] = Failure(LANE, failure.error)
            summaries = []
            for account, one in loaded.items():
                with isolation.of(account, LANE):
                    summaries.append(summarised(one, now))
            isolation.check()
            await overview.put(conn, summaries, seen, now)
            found = [entry for one in loaded.values() for entry in entries_of(one.profile)]
            await search.put(conn, accounts, found)
            await overview.delete(conn, [one for one in accounts if one not in loaded])
            if batch.again:
                await parked_rows.heal(conn, "trigger", LANE, batch.again, now)
            await parked_rows.let_go(conn, "trigger", LANE, accounts)
        return True

    async def _park(self, batch: Batch, failures: Mapping[str, Failure], now: datetime) -> None:
        places = {(account, LANE): failure for account, failure in failures.items()}
        async with transaction(self._context.engine) as conn:
            await marks.drop(conn, [id for one in failures for id in batch.accounts[one]])
            await parked_rows.park(conn, "trigger", places, now)
        self._log.tell(places)

    async def _measure(self, now: datetime) -> None:
        if time.monotonic() - self._measured_at < _MEASURE_SECONDS:
            return
        self._measured_at = time.monotonic()
        async with transaction(self._context.engine) as conn:
            self._waited = await marks.waiting_seconds(conn, now)
        metrics.account_overview_age.set(self._waited)


def _leaves_doubt(error: Exception) -> bool:
    """PostgreSQL is away; a statement that it cancelled may have been too slow because of these
    accounts.
    """
    return (
        isinstance(error, DatabaseUnavailable)
        and sqlstate(error) not in data_errors.ENDED_BY_SERVER
    )
