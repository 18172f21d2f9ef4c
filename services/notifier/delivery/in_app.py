"""Delivers in-app copies that had to wait until they are due.

Each is written to the inbox and marked delivered in one transaction, so exactly once.
"""

import asyncio
from datetime import datetime, timedelta

from services.notifier.channels.base import Claimed
from services.notifier.delivery import claims
from services.notifier.delivery.wakeups import POLL_SECONDS, Wakeups
from services.notifier.delivery.worker_loop import run_worker
from services.notifier.inbox import inbox
from services.notifier.lifecycle import Change
from services.notifier.rows import IN_APP, Item
from services.notifier.store import queue
from shared.loop.parking import FaultLog
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.telemetry import metrics

_AT_ONCE = 200
_LEASE = timedelta(seconds=30)


class InAppWorker:
    def __init__(self, context: Context, wakeups: Wakeups) -> None:
        self._context = context
        self._wakeups = wakeups
        self._signal = wakeups.signal(IN_APP)
        self._log = FaultLog("notifier")

    async def run(self, stop: asyncio.Event) -> None:
        await run_worker(self._turn, self._signal, stop)

    async def _turn(self) -> float:
        """Returns the seconds until something may be due."""
        now = self._context.clock.now()
        async with transaction(self._context.engine) as conn:
            found = await claims.claim(conn, IN_APP, now, _AT_ONCE, _LEASE, 0, self._context.faults)
            items = [_item(delivery, now) for delivery in found.wanted]
            moved = await inbox.put_items(conn, items, self._wakeups.origin)
            await claims.let_go(
                conn, {delivery.account for delivery in found.wanted if delivery.was_parked}, now
            )
            for delivery in found.wanted:
                await queue.settle(
                    conn,
                    delivery,
                    Change("delivered", 1, 0, False, False, None, None),
                    "delivered",
                    now,
                )
            if found.is_empty:
                await queue.drop_idle(conn, now)  # of all channels: this worker always runs
            due = await queue.next_due(conn, IN_APP)
        self._wakeups.moved(moved)
        metrics.deliveries.labels(IN_APP, "delivered").inc(len(found.wanted))
        for _, why in found.dropped:
            metrics.deliveries.labels(IN_APP, why.state).inc()
        self._log.tell(found.failures)
        if due is None or due <= now:
            return POLL_SECONDS if found.is_empty else 0.0
        return min(POLL_SECONDS, (due - now).total_seconds())


def _item(delivery: Claimed, now: datetime) -> Item:
    assert delivery.contact is not None
    return Item(
        delivery.notification, delivery.account, delivery.contact.id, delivery.alert, False, now
    )
