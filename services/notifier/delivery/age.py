"""Measures the age of each channel's oldest waiting delivery: a stall shows, whatever its cause."""

import asyncio
from datetime import datetime

from services.notifier.channels.registry import KINDS
from services.notifier.store import queue
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.backoff import Backoff
from shared.runtime.context import Context
from shared.runtime.waits import pause
from shared.telemetry import metrics

_LOOK_SECONDS = 15.0


class Watch:
    def __init__(self, context: Context) -> None:
        self._context = context
        for channel in KINDS.channels:
            metrics.delivery_oldest.labels(channel).set(0)

    async def run(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            try:
                await self.look()
                backoff.reset()
            except DatabaseUnavailable:
                await backoff.wait(stop)
                continue
            await pause(stop, _LOOK_SECONDS)

    async def look(self) -> None:
        async with transaction(self._context.engine) as conn:
            deadlines = await queue.oldest_due(conn)
        now = self._context.clock.now()
        for channel in KINDS.channels:
            metrics.delivery_oldest.labels(channel).set(age(channel, deadlines.get(channel), now))


def age(channel: str, deadline: datetime | None, now: datetime) -> float:
    """Seconds since it was first due: retries move the next attempt, but not the deadline."""
    return (
        0.0
        if deadline is None
        else max(0.0, (now - (deadline - KINDS.deadline(channel))).total_seconds())
    )
