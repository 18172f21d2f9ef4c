"""Usage events over HTTP: checked like in the consumer, then published to be counted."""

from typing import Any

from fastapi import APIRouter, Depends, Request

from services.ingest.rejections import api as rejected
from services.ingest.rejections.door import Door
from shared.answers import AcceptedEvents
from shared.events import Unusable, read_parts
from shared.events.shape import taking_events
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.telemetry import metrics
from shared.web import Answer, CurrentContext, Problem, answer, require, router

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


def make_routes(context: Context) -> APIRouter:
    routes, door = router(tags=["events"]), Door(context)
    _add_sending(routes, door)
    routes.routes.extend(rejected.make_routes(context, door).routes)
    return routes


def _add_sending(routes: APIRouter, door: Door) -> None:
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
        async with transaction(context.engine) as conn:
            admitted = await door.usage(conn, found)
        if isinstance(admitted, Unusable):
            raise _refused(admitted)
        accepted = len(await context.producer.send(admitted.records))
        if admitted.erased:
            metrics.events.labels("erased").inc(admitted.erased)
            return answer({"accepted": accepted, "erased": admitted.erased}, 202)
        return answer({"accepted": accepted}, 202)


def _refused(found: Unusable) -> Problem:
    faults = found.faults[:_MOST_FAULTS]
    return Problem(found.status, "No event was accepted: see errors.", errors=faults)


def _shows(example: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": "Done", "content": {"application/json": {"example": example}}}}
