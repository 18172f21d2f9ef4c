"""Each process says every ten seconds that it runs, and what it lacks: so it is known behind a
gateway, too. `GET /v1/operations` shows it.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.operations import figures, instances
from shared.operations.standings import Away, Instance
from shared.operations.view import EXPECTED
from shared.postgres import changes
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.context import Context
from shared.runtime.waits import pause
from shared.telemetry import metrics
from shared.telemetry.logs import log

WRITE_SECONDS = 10.0
_LOOK_SECONDS, _FAULTY_SECONDS = 5.0, 1.0
_ANSWER_SECONDS = 0.8
Look = Callable[[], Awaitable[Mapping[str, str | None]]]


@dataclass(slots=True)
class _Looked:
    at: float = -1e9
    away: dict[str, Away] = field(default_factory=dict)


class Heartbeat:
    """`look`: the checks of the process by name, None for those that are green. `services`: by
    service its parts, each with the name of its check.
    """

    def __init__(
        self,
        context: Context,
        look: Look,
        services: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.name = instances.own_name(secrets.token_hex(2))
        self._context = context
        self._checks = look
        self._services = services
        self._version = instances.own_version()
        self._started_at = datetime.now(UTC)
        self._looked = _Looked()
        self._looking: asyncio.Task[None] | None = None
        self._written_at = -1e9
        self._written: Mapping[str, tuple[str, ...]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._look()
            await self._say()
            await pause(stop, _FAULTY_SECONDS if self._looked.away else _LOOK_SECONDS)
        try:
            async with transaction(self._context.engine) as conn:
                await instances.remove(conn, self.name)
                changes.note(conn, "operations", self._services)
        except DatabaseUnavailable as error:
            log.debug("instance_not_removed", error=error.kind)

    async def away(self, *, in_doubt: bool = False) -> Mapping[str, Away]:
        """What this process lacks, by the name of the check. If something was missing or is
        `in_doubt` it looks again, for at most a moment.
        """
        age = time.monotonic() - self._looked.at
        if in_doubt or age > (_FAULTY_SECONDS / 4 if self._looked.away else _LOOK_SECONDS):
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
            await asyncio.wait((self._looking,), timeout=_ANSWER_SECONDS)
        return self._looked.away

    def lacks(self) -> Mapping[str, Away]:
        """What was missing at the last look, without looking again."""
        return self._looked.away

    def own(self) -> list[Instance]:
        """This process's rows, as they would be written now."""
        return [self._instance(service, parts) for service, parts in self._services.items()]

    def _instance(self, service: str, parts: Mapping[str, str]) -> Instance:
        away = {part: self._looked.away[name] for part, name in parts.items() if self._is(name)}
        return Instance(
            self.name,
            service,
            self._version,
            self._started_at,
            datetime.now(UTC),
            "\n".join(f"{part}: {one.reason}" for part, one in away.items()) or None,
            tuple(away),
            min((one.since for one in away.values()), default=None),
        )

    def _is(self, name: str) -> bool:
        return name in self._looked.away

    async def _look(self) -> None:
        reasons = await self._checks()
        now, before = datetime.now(UTC), self._looked.away
        away = {
            name: Away(reason, before[name].since if name in before else now)
            for name, reason in reasons.items()
            if reason is not None
        }
        self._looked = _Looked(time.monotonic(), away)

    async def _say(self) -> None:
        own = self.own()
        parts = {one.service: one.parts for one in own}
        if not own or (
            parts == self._written and time.monotonic() - self._written_at < WRITE_SECONDS - 0.5
        ):
            return
        try:
            async with transaction(self._context.engine) as conn:
                await instances.write(conn, own)
                if parts != self._written:
                    changes.note(conn, "operations", parts)
                rejected, silent = await figures.rejected_open(conn), await figures.silent(conn)
        except DatabaseUnavailable as error:
            log.debug("instance_not_written", error=error.kind)
            return
        self._written, self._written_at = parts, time.monotonic()
        for service in {*EXPECTED, *parts, *rejected, *silent}:
            metrics.rejected_open.labels(service).set(rejected.get(service, 0))
            metrics.silent_processes.labels(service).set(silent.get(service, 0))
