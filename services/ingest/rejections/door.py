"""What a usage event must pass over HTTP, whether it is sent for the first time or again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.intake import received_header
from services.ingest.meter_amounts import Feed
from services.ingest.tables.plans import Catalogue, plans_revision
from shared.erasure import requests as erasure
from shared.events import STRUCTURED_HEADERS, Accepted, Unusable, untimely
from shared.kafka.clients import Outgoing
from shared.messages import ACCOUNT_EVENTS, USAGE_EVENTS
from shared.runtime.context import Context
from shared.values.faults import Fault


@dataclass(frozen=True, slots=True)
class Admitted:
    """What to publish. `erased`: how many events belonged to erased accounts, and are not in it."""

    records: list[Outgoing]
    erased: int


class Door:
    """Checks like the consumer, so that what passes is counted."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._catalogue = Catalogue()

    async def usage(self, conn: AsyncConnection, found: Accepted | Unusable) -> Admitted | Unusable:
        """Everything or nothing."""
        if isinstance(found, Unusable):
            return found
        now = self._context.clock.now()
        window = timedelta(days=self._context.settings.dedupe_days)
        await self._catalogue.follow(conn, await plans_revision(conn))
        barred = await erasure.barred(conn, {event.subject for event in found.events})
        faults = [*found.faults, *_faults(found, self._catalogue.feeds, now, window)]
        if faults:
            return Unusable(faults)
        records = _records(found, barred, now)
        return Admitted(records, len(found.events) - len(records))

    async def facts(self, conn: AsyncConnection, found: Accepted | Unusable) -> Admitted | Unusable:
        """Facts about accounts as events; what else is wrong with them only trigger knows."""
        if isinstance(found, Unusable):
            return found
        if found.faults:
            return Unusable(found.faults)
        barred = await erasure.barred(conn, {event.subject for event in found.events})
        records = [
            Outgoing(ACCOUNT_EVENTS, event.subject.encode(), raw, STRUCTURED_HEADERS)
            for event, raw in zip(found.events, found.raws, strict=True)
            if event.subject not in barred or event.time >= barred[event.subject]
        ]
        return Admitted(records, len(found.events) - len(records))


def _faults(
    found: Accepted, feeds: Mapping[str, Feed], now: datetime, window: timedelta
) -> Iterator[Fault]:
    """The faults for which the consumer would refuse well-formed events."""
    for event, time_path, data_path in zip(
        found.events, found.time_paths, found.data_paths, strict=True
    ):
        if reason := untimely(event.time, now, window):
            yield Fault(time_path, reason)
        feed = feeds.get(event.type)
        if feed is not None and isinstance(readings := feed.read(event, data_path), Unusable):
            yield from readings.faults


def _records(found: Accepted, barred: Mapping[str, datetime], now: datetime) -> list[Outgoing]:
    """Publishes nothing of erased accounts."""
    headers = (*STRUCTURED_HEADERS, received_header(now))
    return [
        Outgoing(USAGE_EVENTS, event.subject.encode(), raw, headers)
        for event, raw in zip(found.events, found.raws, strict=True)
        if event.subject not in barred or event.time >= barred[event.subject]
    ]
