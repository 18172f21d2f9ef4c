"""Work that needs no partition: creates key tables ahead, and drops keys and waiting usage that are
too old to matter.
"""

import asyncio
from datetime import timedelta

from services.ingest.tables import keys, unassigned
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.context import Context
from shared.runtime.waits import pause
from shared.telemetry.logs import log

_EVERY_SECONDS = 60.0
_MARGIN = timedelta(days=1)
"""Keys outlive the window by a day: every event that is still accepted can still be recognised."""


class Upkeep:
    """Runs in every ingest process; what one has done, the others find done."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.once()
            except DatabaseUnavailable as error:
                log.info("upkeep_paused", error=error.kind)
            await pause(stop, _EVERY_SECONDS)

    async def once(self) -> None:
        now, engine = self._context.clock.now(), self._context.engine
        oldest = now - timedelta(days=self._context.settings.dedupe_days) - _MARGIN
        async with transaction(engine) as conn:
            await keys.make_days(conn, [now.date(), (now + _MARGIN).date()])
        async with transaction(engine) as conn:
            if dropped := await keys.drop_days(conn, oldest.date()):
                log.info("dedupe_days_dropped", days=len(dropped), before=oldest.date().isoformat())
        async with transaction(engine) as conn:
            await unassigned.prune(conn, oldest)
