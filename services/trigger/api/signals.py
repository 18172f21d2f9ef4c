"""Account facts over HTTP: checked, then published to `account.events`, where they take effect."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from fastapi import Depends, Request

from services.trigger import account_events
from services.trigger.api.common import CurrentWatch, shows
from shared.answers import AcceptedCount
from shared.audit import trail
from shared.audit.trail import Done
from shared.events import STRUCTURED_HEADERS, Accepted, Event, Unusable, read_request
from shared.events.shape import taking_events
from shared.kafka.clients import Outgoing
from shared.messages import ACCOUNT_EVENTS
from shared.postgres.database import transaction
from shared.values.faults import Fault
from shared.web import Answer, CurrentAuthor, CurrentContext, Problem, answer, require, router

routes = router(tags=["facts"])

_EXAMPLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "nps-2026-11-22-c1",
    "source": "/surveys",
    "type": "nps.responded",
    "subject": "acct-42",
    "time": "2026-11-22T05:00:00Z",
    "data": {"score": 9, "contact": "c1"},
}


@routes.post(
    "/v1/signals",
    summary="Send account facts",
    status_code=202,
    openapi_extra=taking_events(_EXAMPLE),
    responses=shows({"accepted": 1}, 202, "Published"),
    dependencies=[Depends(require("facts:write"))],
)
async def send_signals(
    request: Request, context: CurrentContext, watch: CurrentWatch, author: CurrentAuthor
) -> Answer[AcceptedCount]:
    """CloudEvents in structured, batch or binary mode; accepted or refused as a whole.

    Retry with the same id: it counts once.
    """
    found = read_request(request.headers.raw, await request.body())
    if isinstance(found, Unusable):
        raise _refused(found)
    async with transaction(context.engine) as conn:
        faults = await account_events.refuse(conn, watch, found.events, context.clock.now())
        if author.kind == "person" and not any(faults):
            await trail.write(conn, author, *_done(found.events, context.clock.now()))
    if wrong := [
        _placed(fault, found, position)
        for position, several in enumerate(faults)
        for fault in several
    ]:
        raise _refused(Unusable(wrong))
    records = [
        Outgoing(ACCOUNT_EVENTS, event.subject.encode(), raw, STRUCTURED_HEADERS)
        for event, raw in zip(found.events, found.raws, strict=True)
    ]
    await context.producer.send(records)
    return answer({"accepted": len(records)}, 202)


def _done(events: Sequence[Event], now: datetime) -> Iterator[Done]:
    """Of people alone: whose system a fact is from, its source says."""
    types: dict[str, list[str]] = {}
    for event in events:
        types.setdefault(event.subject, []).append(event.type)
    for account, several in types.items():
        told = {"count": len(several), "types": sorted(set(several))}
        yield Done("send", "facts", account, now, account, after=told)


def _refused(found: Unusable) -> Problem:
    return Problem(found.status, "The facts are not valid: see errors.", errors=found.faults)


def _placed(fault: Fault, request: Accepted, position: int) -> Fault:
    """Translates a path within the event to a path within the request."""
    data, time = request.data_paths[position], request.time_paths[position]
    if fault.path.startswith("/data"):
        return Fault(data + fault.path.removeprefix("/data"), fault.reason)
    if fault.path == "/time":
        return Fault(time, fault.reason)
    event = time.removesuffix("/time")
    return Fault(
        f"header.ce-{fault.path[1:]}" if time.startswith("header.") else event + fault.path,
        fault.reason,
    )
