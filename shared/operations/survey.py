"""Whether everything runs and what waits, in one answer: each part is asked at the same time under
a limit of its own, and one that does not answer is named.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.clients import KafkaUnavailable
from shared.operations import figures, instances
from shared.operations.heartbeat import Heartbeat
from shared.operations.shapes import ChannelStanding, OperationsShown, PartitionLagShown
from shared.operations.standings import Away
from shared.operations.view import (
    kafka_shown,
    outbox_shown,
    parked_shown,
    postgres_shown,
    services_shown,
)
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.runtime.context import Context
from shared.values.moments import iso
from shared.wording import sentence

T = TypeVar("T")
_SECONDS = 1.2
ChannelsPart = Callable[[str], Awaitable[list[ChannelStanding]]]
"""What the notifier adds, in a language."""


@dataclass(frozen=True, slots=True)
class Operations:
    """What one process knows by itself: its own heartbeat, and its channels if it has them."""

    heartbeat: Heartbeat | None = None
    channels: ChannelsPart | None = None

    async def shown(self, context: Context, lang: str) -> OperationsShown:
        asked = _Asked(context)
        async with asyncio.TaskGroup() as group:
            looked = group.create_task(self._away())
            found = group.create_task(asked.of("services", instances.read))
            lag = group.create_task(asked.lag())
            unsent = group.create_task(asked.of("outbox", figures.unsent))
            parked = group.create_task(asked.of("parked", figures.parked))
            channels = group.create_task(self._channels(asked, lang))
            server = group.create_task(asked.of("postgres", figures.server))
        away = looked.result()
        if self.heartbeat and _unsaid(asked.missing, away):
            away = await self.heartbeat.away(in_doubt=True)
        own = self.heartbeat.own() if self.heartbeat else []
        return {
            "services": services_shown(found.result(), own, lang),
            "lag": lag.result(),
            "outbox": [outbox_shown(one) for one in unsent.result() or ()],
            "channels": channels.result(),
            "parked": [parked_shown(one) for one in parked.result() or ()],
            "postgres": postgres_shown(away.get("postgres"), server.result(), lang),
            "kafka": kafka_shown(away.get("kafka"), lang),
            "missing": [
                {"part": part, "text": sentence(key, {}, lang)}
                for part, key in sorted(asked.missing.items())
            ],
            "as_of": iso(context.clock.now()),
        }

    async def _away(self) -> Mapping[str, Away]:
        return await self.heartbeat.away() if self.heartbeat else {}

    async def _channels(self, asked: "_Asked", lang: str) -> list[ChannelStanding]:
        if self.channels is None:
            asked.missing["channels"] = "operations.missing.elsewhere"
            return []
        return await asked.within("channels", self.channels(lang)) or []


def _unsaid(missing: Mapping[str, str], away: Mapping[str, Away]) -> bool:
    """Whether a server did not answer that was there at the last look."""
    lost = {"postgres"} if "postgres" in missing else {"kafka"} if "lag" in missing else set()
    return bool(lost - away.keys())


@dataclass(slots=True)
class _Asked:
    """`missing`: part -> the key of why."""

    context: Context
    missing: dict[str, str] = field(default_factory=dict)

    async def within(self, part: str, work: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(_SECONDS):
                return await work
        except (TimeoutError, DatabaseUnavailable, KafkaUnavailable):
            self.missing[part] = "operations.missing"
            return None

    async def of(self, part: str, read: Callable[[AsyncConnection], Awaitable[T]]) -> T | None:
        async def reading() -> T:
            async with transaction(self.context.engine) as conn:
                return await read(conn)

        return await self.within(part, reading())

    async def lag(self) -> list[PartitionLagShown]:
        places = await self.of("lag", figures.offsets)
        if not places:
            return []
        topics = {partition.topic for _, partition in places}
        probe = self.context.probe
        ends = await self.within("lag", probe.offsets(topics, "end", seconds=_SECONDS)) or {}
        return [
            {
                "service": service,
                "topic": partition.topic,
                "partition": partition.partition,
                "lag": max(0, ends[partition] - next) if partition in ends else None,
            }
            for (service, partition), next in places.items()
        ]
