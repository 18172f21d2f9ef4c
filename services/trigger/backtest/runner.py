"""Runs the backtests that wait, one at a time in an installation, and keeps what they find.

Each share of the accounts is kept in one transaction with how far it is, so whoever goes on after a
kill repeats at most what was under way.
"""

import asyncio
import secrets
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from contextlib import aclosing, suppress
from dataclasses import replace

from services.trigger.backtest.rows import Report
from services.trigger.backtest.run import Asked, pages, span
from services.trigger.backtest.workers import reports
from services.trigger.tables.backtests import jobs
from services.trigger.tables.backtests.jobs import Job
from shared.catalog import parse_stored
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.backoff import Backoff
from shared.runtime.context import Context
from shared.runtime.waits import Stopped, unless
from shared.telemetry import metrics
from shared.telemetry.logs import log
from shared.telemetry.tracebacks import traceback_text

CHANNEL = "backtests"
"""A job was added or taken away."""
_LOOK_SECONDS, _RENEW_SECONDS = 5.0, 4.0
_GAVE_UP = "It was interrupted again and again at the same accounts, and given up."
_DEFECT = "An unexpected fault. It has been logged under this backtest's id."


class Runner:
    """`turn`: held by the one backtest that runs in this process, also one that is waited for."""

    def __init__(self, context: Context, turn: asyncio.Lock) -> None:
        self._context, self._turn = context, turn
        self._owner = secrets.randbelow(2**62) + 1
        self._signal = context.wake.signal(CHANNEL)

    async def run(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            try:
                if not await self._next(stop):
                    with suppress(Stopped):
                        await unless(stop, self._signal.wait(_LOOK_SECONDS))
                backoff.reset()
            except DatabaseUnavailable:
                await backoff.wait(stop)

    async def _next(self, stop: asyncio.Event) -> bool:
        """Whether there was one."""
        async with transaction(self._context.engine) as conn:
            job = await jobs.claim(conn, self._owner, self._context.clock.now())
        if job is None:
            return False
        if job.tries > jobs.MOST_TRIES:
            await self._end(job, _GAVE_UP)
            return True
        ended = asyncio.Event()
        lease = asyncio.create_task(self._keep(job, stop, ended))
        try:
            await unless(ended, self._work(job))
        except Stopped:
            await self._release(job)
        except (DatabaseUnavailable, BrokenExecutor) as error:
            log.warning("backtest_interrupted", backtest=job.id, reason=type(error).__name__)
            await self._release(job, blame=True)
            return False
        except Exception as error:
            log.error("backtest_failed", backtest=job.id, traceback=traceback_text(error))
            await self._end(job, _DEFECT)
        finally:
            lease.cancel()
            await asyncio.gather(lease, return_exceptions=True)
        return True

    async def _work(self, job: Job) -> None:
        context = self._context
        url = context.settings.database_url
        assert url is not None, "a service has an engine"
        async with self._turn:
            catalog = await asyncio.to_thread(parse_stored, job.catalog)
            asked = Asked(catalog, span(job.since), job.account)
            accounts = [one async for page in pages(context.engine, job.account) for one in page]
            left = [one for one in accounts if one > job.after]
            async with transaction(context.engine) as conn:
                await jobs.counted(conn, job.id, self._owner, job.done + len(left))
            found = reports(context.engine, url, asked, left, job.until)
            async with aclosing(found):
                async for share, report in found:
                    job = await self._kept(job, share, report)
        await self._end(job, None)

    async def _kept(self, job: Job, share: Sequence[str], report: Report) -> Job:
        """Raises Stopped if it is not ours any more."""
        async with transaction(self._context.engine) as conn:
            plans = await jobs.plans_of(
                conn, {row.account for row in (*report.would, *report.sent)}
            )
            report = report.of(plans.keys())
            job.tally.add(len(share), report, plans)
            job = replace(job, after=share[-1], done=job.done + len(share))
            kept = await jobs.advance(conn, job, self._owner, report)
        if kept is None:
            raise Stopped
        return replace(job, kept=kept)

    async def _keep(self, job: Job, stop: asyncio.Event, ended: asyncio.Event) -> None:
        """Renews the lease, and sets `ended` if the process stops or the job is taken away."""
        while not ended.is_set():
            with suppress(Stopped):
                await unless(stop, self._signal.wait(_RENEW_SECONDS))
            if stop.is_set():
                ended.set()
            with suppress(DatabaseUnavailable):
                async with transaction(self._context.engine) as conn:
                    if not await jobs.renew(conn, job.id, self._owner):
                        ended.set()

    async def _release(self, job: Job, *, blame: bool = False) -> None:
        """For another process, or for later. `blame`: it counts as a try."""
        with suppress(DatabaseUnavailable):  # then the lease runs out
            async with transaction(self._context.engine) as conn:
                await jobs.release(conn, job.id, self._owner, blame)

    async def _end(self, job: Job, fault: str | None) -> None:
        async with transaction(self._context.engine) as conn:
            await jobs.finish(conn, job.id, self._owner, fault, self._context.clock.now())
        metrics.backtests.labels("done" if fault is None else "failed").inc()
        async with transaction(self._context.engine) as conn:
            await jobs.trim(conn)
