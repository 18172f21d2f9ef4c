"""In-app copies that had to wait for their hour: written to the inbox and marked delivered in one transaction, so each comes exactly
once.
"""

import asyncio
from datetime import datetime, timedelta

from services.notifier import inbox, lifecycle
from services.notifier.channels.base import Claimed
from services.notifier.lifecycle import Change
from services.notifier.rows import IN_APP, Item
from services.notifier.store import queue
from services.notifier.turning import keep_turning
from services.notifier.wakeups import Wakeups
from shared import metrics
from shared.context import Context
from shared.database import transaction

_AT_ONCE = 200
_POLL_SECONDS = 1.0
_LEASE = timedelta(seconds=30)


class InAppWorker:
    def __init__(self, context: Context, wakeups: Wakeups) -> None:
        self._context = context
        self._signal = wakeups.signal(IN_APP)

    async def run(self, stop: asyncio.Event) -> None:
        await keep_turning(self._turn, self._signal, stop)

    async def _turn(self) -> float:
        """Gives how long nothing will be due, in seconds."""
        now = self._context.clock.now()
        async with transaction(self._context.engine) as conn:
            loaded = await queue.claim(conn, IN_APP, now, _AT_ONCE, _LEASE, owner=0)
            found = [(one.delivery, lifecycle.unwanted(one.delivery, one.seen)) for one in loaded]
            await queue.drop(conn, [(delivery, why) for delivery, why in found if why is not None], now)
            wanted = [delivery for delivery, why in found if why is None]
            await inbox.put_items(conn, [_item(delivery, now) for delivery in wanted])
            for delivery in wanted:
                await queue.settle(conn, delivery, Change("delivered", 1, 0, False, False, None, None), now)
            due = await queue.next_due(conn, IN_APP)
        for _, why in found:
            metrics.deliveries.labels(IN_APP, "delivered" if why is None else why.state).inc()
        if due is None or due <= now:
            return 0.0 if loaded else _POLL_SECONDS
        return min(_POLL_SECONDS, (due - now).total_seconds())


def _item(delivery: Claimed, now: datetime) -> Item:
    assert delivery.contact is not None
    return Item(delivery.notification, delivery.account, delivery.contact.id, delivery.alert, False, now)
