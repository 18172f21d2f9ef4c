"""Usage events over HTTP: checked like in the consumer, then published to be counted. And the list
of rejected records.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import Row
from typing_extensions import TypedDict

from services.ingest.intake import received_header
from services.ingest.meter_amounts import Feed
from services.ingest.tables import rejects
from services.ingest.tables.plans import Catalogue, plans_revision
from shared.answers import AcceptedEvents
from shared.erasure import requests as erasure
from shared.events import STRUCTURED_HEADERS, Accepted, Unusable, read_parts, untimely
from shared.events.shape import taking_events
from shared.kafka.clients import Outgoing
from shared.messages import USAGE_EVENTS
from shared.postgres.database import transaction
from shared.security.rights import OPERATORS, Principal
from shared.telemetry import metrics
from shared.values.faults import Fault
from shared.web import Answer, CurrentContext, Paging, Problem, answer, require, router

_MOST_FAULTS = 1_000
_EXAMPLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "8f0c1c7e",
    "source": "/shop",
    "type": "api.request",
    "subject": "acct-42",
    "time": "2026-11-22T05:00:00.123Z",
    "data": {"bytes": 9_000_000_000},
}
_REJECTED = {
    "topic": USAGE_EVENTS,
    "partition": 0,
    "offset": 17,
    "reason": "field: time is missing (at /time)",
    "payload": '{"specversion": "1.0"}',
    "at": "2026-11-22T05:00:00Z",
}


class RejectedRecord(TypedDict):
    """An unusable record of a topic. `payload_base64` replaces a payload that is not text."""

    topic: str
    partition: int
    offset: int
    reason: str
    payload: str | None
    at: datetime
    payload_base64: NotRequired[str]


class RejectedRecords(TypedDict):
    """A page of records."""

    data: list[RejectedRecord]
    next_cursor: str | None


def make_routes() -> APIRouter:
    routes = router(tags=["events"])
    _add_sending(routes)
    _add_rejected(routes)
    return routes


def _add_sending(routes: APIRouter) -> None:
    catalogue = Catalogue()

    @routes.post(
        "/v1/events",
        summary="Send usage events",
        status_code=202,
        openapi_extra=taking_events(_EXAMPLE),
        responses=_shows({"accepted": 1}, 202),
        dependencies=[Depends(require("events:write"))],
    )
    async def send_events(request: Request, context: CurrentContext) -> Answer[AcceptedEvents]:
        """CloudEvents in structured, batch (1 to 1,000) or binary mode, accepted or refused as a
        whole. A retry with the same id counts once.

        `erased`: how many belonged to erased accounts. They are not counted; the others are.
        """
        found = read_parts(request.headers.raw, await request.body())
        if isinstance(found, Unusable):
            raise _refused(found)
        now, window = context.clock.now(), timedelta(days=context.settings.dedupe_days)
        async with transaction(context.engine) as conn:
            await catalogue.follow(conn, await plans_revision(conn))
            barred = await erasure.barred(conn, {event.subject for event in found.events})
        if faults := [*found.faults, *_faults(found, catalogue.feeds, now, window)]:
            raise _refused(Unusable(faults))
        records = _records(found, barred, now)
        await context.producer.send(records)
        if erased := len(found.events) - len(records):
            metrics.events.labels("erased").inc(erased)
            return answer({"accepted": len(records), "erased": erased}, 202)
        return answer({"accepted": len(records)}, 202)


def _add_rejected(routes: APIRouter) -> None:
    @routes.get(
        "/v1/events/rejected",
        summary="List rejected records",
        responses=_shows({"data": [_REJECTED], "next_cursor": None}),
    )
    async def list_rejected_records(
        caller: Annotated[Principal, Depends(require("read"))],
        context: CurrentContext,
        page: Paging,
        topic: Annotated[str | None, Query(max_length=256, description="Only this topic")] = None,
        code: Annotated[
            str | None,
            Query(
                max_length=64, description="The code that the reason begins with, such as `field`"
            ),
        ] = None,
    ) -> Answer[RejectedRecords]:
        """Newest first, of all topics. A payload that is not text is in `payload_base64`; at most
        64 kB of it are kept. A person sees payloads as operator or admin; others see null.
        """
        async with transaction(context.engine) as conn:
            rows = await rejects.page(conn, topic, code, page.before, page.fetch)
        shown = _shown if caller.reads(OPERATORS) else _without_payload
        return answer(page.body(rows, lambda row: [row.id], shown))


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


def _refused(found: Unusable) -> Problem:
    faults = found.faults[:_MOST_FAULTS]
    return Problem(found.status, "No event was accepted: see errors.", errors=faults)


def _shown(row: Row[Any]) -> RejectedRecord:
    shown: RejectedRecord = {
        "topic": row.topic,
        "partition": row.partition,
        "offset": row.offset,
        "reason": row.reason,
        "payload": row.payload,
        "at": row.at,
    }
    return shown if row.payload_base64 is None else {**shown, "payload_base64": row.payload_base64}


def _without_payload(row: Row[Any]) -> RejectedRecord:
    shown = _shown(row)
    shown.pop("payload_base64", None)
    return {**shown, "payload": None}


def _shows(example: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": "Done", "content": {"application/json": {"example": example}}}}
