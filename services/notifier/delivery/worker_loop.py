"""The loop of this service's workers: turn after turn, woken when something may be due."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.postgres.database import Signal
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.backoff import Backoff
from shared.telemetry.logs import log


async def run_worker(
    turn: Callable[[], Awaitable[float]], signal: Signal, stop: asyncio.Event
) -> None:
    """Repeats `turn` until `stop`.

    A turn returns the seconds until something may be due; `signal` cuts the wait short. After a
    failure it waits longer.
    """
    stopping = asyncio.ensure_future(stop.wait())
    stopping.add_done_callback(lambda _: signal.set())
    backoff = Backoff()
    try:
        while not stop.is_set():
            try:
                wait = await turn()
                backoff.reset()
            except DatabaseUnavailable:
                await backoff.wait(stop)
                continue
            except Exception as error:
                # A bug: ending the process would stop all messages, and the next start would hit
                # it again.
                log.error("turn_failed", exc_info=error)
                await backoff.wait(stop)
                continue
            await signal.wait(wait)
    finally:
        stopping.cancel()
