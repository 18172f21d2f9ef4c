"""Tells the test clock when all due deliveries are sent, or wait for a failing destination, and
when what is due to be read is read.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.notifier.channels.registry import KINDS
from services.notifier.delivery.wakeups import Wakeups
from services.notifier.delivery.worker import Worker
from services.notifier.store import queue
from shared.clock.quiescence import report_done
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.backoff import Backoff
from shared.runtime.context import Context

_LOOK_SECONDS = 0.03


class Reads(Protocol):
    def idle(self, now: datetime) -> Awaitable[bool]:
        """Whether nothing is due by then that could be read."""
        ...


class ClockReport:
    def __init__(
        self,
        context: Context,
        workers: Mapping[str, Worker],
        wakeups: Wakeups,
        readers: Sequence[Reads] = (),
    ) -> None:
        self._readers = readers
        self._context = context
        self._workers = workers
        self._wakeups = wakeups

    async def run(self, stop: asyncio.Event) -> None:
        told = seen = None
        backoff = Backoff()
        while not stop.is_set():
            offset = self._context.clock.offset
            if offset != seen:
                seen = offset
                for channel in KINDS.channels:
                    self._wakeups.local(channel)
            try:
                if offset != told and await self._reported(self._context.clock.now()):
                    told = offset
                backoff.reset()
            except DatabaseUnavailable:
                await backoff.wait(stop)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _reported(self, now: datetime) -> bool:
        done = await self.done(now)
        if done:
            await report_done(self._context.engine, "deliveries", now)
        return done

    async def done(self, now: datetime | None = None) -> bool:
        """Whether nothing is in flight, and nothing that is due can be sent."""
        by = now or self._context.clock.now()
        async with transaction(self._context.engine) as conn:
            busy = await queue.busy_channels(conn, by)
        if not all(channel in self._workers and self._workers[channel].rests for channel in busy):
            return False
        return all([await reader.idle(by) for reader in self._readers])
