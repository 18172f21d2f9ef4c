"""Deletes what is over: log-ins never finished, links never used, sessions, forms kept of them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from services.console.login import begin, once
from services.console.tables import attempts, kept_forms, once_links, sessions
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.context import Context
from shared.runtime.waits import pause
from shared.telemetry import metrics
from shared.telemetry.logs import log

MOST = 500
"""Rows in a piece."""
KEPT = timedelta(days=7)
"""How long a session is remembered after its end by age or idling: a form of it still counts as
its person's, to be kept for after the next log-in.
"""
_SECONDS = 60.0
Piece = Callable[[AsyncConnection], Awaitable[int]]


class Upkeep:
    """A task: several processes share the work, each takes rows that no other one holds."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.sweep()
            except DatabaseUnavailable as error:
                log.warning("upkeep_waits", reason=str(error))
            await pause(stop, _SECONDS)

    async def sweep(self) -> None:
        for table, piece in self._pieces().items():
            gone = MOST
            while gone == MOST:
                async with transaction(self._context.engine) as conn:
                    gone = await piece(conn)
                metrics.pruned_rows.labels(table).inc(gone)

    def _pieces(self) -> dict[str, Piece]:
        now = self._context.clock.now()
        idle = timedelta(hours=self._context.settings.console_idle_hours)
        return {
            "login_attempt": partial(attempts.prune, before=now - begin.LASTS, most=MOST),
            "once_link": partial(once_links.prune, before=now - once.LASTS, most=MOST),
            "console_session": partial(
                sessions.prune, ended=now - KEPT, idle=now - idle - KEPT, most=MOST
            ),
            "kept_form": partial(kept_forms.prune, before=now - KEPT, most=MOST),
        }
