"""Tells whether the process behind a claim is alive.

A lease alone would hold a dead process's deliveries back for more than a minute. So every process
holds a session lock under its own number; PostgreSQL releases it as soon as the process is gone,
however it ended. The leases of a missing process are ended, and another process takes over its
deliveries. A process that is only frozen keeps its lock, and its leases until they run out.
"""

import asyncio
import secrets

from services.notifier.store import queue
from shared.postgres.database import session, transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.backoff import Backoff
from shared.runtime.context import Context
from shared.runtime.waits import pause
from shared.telemetry.logs import log

_SPACE = 7_274_617
_LOOK_SECONDS = 1.0
_LAST_LOOK_SECONDS = 0.05


class Presence:
    """`shown`: other processes can see that this one is alive. Until then it must not claim."""

    def __init__(self, context: Context) -> None:
        self.owner = secrets.randbelow(2**31 - 1) + 1
        self.shown = False
        self.working = 0
        """How many workers still have attempts in flight: until they finish, the lock is kept."""
        self._context = context

    async def run(self, stop: asyncio.Event) -> None:
        backoff, url = Backoff(), self._context.settings.database_url
        assert url is not None
        while not self._over(stop):
            try:
                async with session(url, name="plimsoll-notifier-presence") as connection:
                    try:
                        await self._show(connection, stop, backoff)
                    finally:
                        self.shown = False
            except DatabaseUnavailable:
                await backoff.wait(stop)

    async def _show(self, connection: queue.Session, stop: asyncio.Event, backoff: Backoff) -> None:
        await queue.show(connection, _SPACE, self.owner)
        self.shown = True
        while not self._over(stop):
            await queue.check(connection)
            async with transaction(self._context.engine) as conn:
                ended = await queue.expire_dead(conn, _SPACE)
            if ended:
                log.info("dead_process_leases_expired", deliveries=ended)
            backoff.reset()
            await _until_the_next_look(stop)

    def _over(self, stop: asyncio.Event) -> bool:
        return stop.is_set() and not self.working


async def _until_the_next_look(stop: asyncio.Event) -> None:
    if stop.is_set():
        await asyncio.sleep(_LAST_LOOK_SECONDS)
    else:
        await pause(stop, _LOOK_SECONDS)
