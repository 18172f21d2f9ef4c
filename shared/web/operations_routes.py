"""Whether everything runs, and what waits."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from shared.operations.shapes import OperationsShown
from shared.operations.survey import Operations
from shared.web.dependencies import CurrentContext, require
from shared.web.routing import Answer, answer, router

_EXAMPLE: dict[str, Any] = {
    "services": [
        {
            "name": "ingest",
            "instances": [
                {
                    "name": "ingest-7d4f-1-a3f0",
                    "version": "0.1.0",
                    "started_at": "2026-11-22T04:00:00Z",
                    "seen_at": "2026-11-22T05:00:00Z",
                    "ready": True,
                    "fault": None,
                }
            ],
            "ready": True,
            "reasons": [],
        },
        {
            "name": "trigger",
            "instances": [],
            "ready": False,
            "reasons": ["There is no process of trigger. Start one."],
        },
    ],
    "lag": [{"service": "ingest", "topic": "usage.events", "partition": 0, "lag": 12}],
    "outbox": [{"service": "trigger", "pending": 3, "oldest_seconds": 0.4}],
    "channels": [
        {
            "name": "email",
            "state": "on",
            "reason": None,
            "since": None,
            "next_attempt_at": None,
            "resting_until": None,
            "last_delivered_at": "2026-11-22T04:59:00Z",
            "waiting": 0,
            "oldest_seconds": 0.0,
            "text": "It sends.",
        }
    ],
    "parked": [
        {
            "service": "trigger",
            "part": "thresholds",
            "reason": "error: OverflowError",
            "accounts": 1,
            "since": "2026-11-22T05:00:00Z",
        }
    ],
    "postgres": {
        "ready": True,
        "since": None,
        "reason": None,
        "text": "PostgreSQL answers.",
        "version": "17.2",
        "connections": 31,
        "max_connections": 100,
    },
    "kafka": {"ready": True, "since": None, "reason": None, "text": "Kafka answers."},
    "missing": [],
    "as_of": "2026-11-22T05:00:00Z",
}


def routes(operations: Operations) -> APIRouter:
    made = router(tags=["operations"])

    @made.get(
        "/v1/operations",
        summary="Get what runs and what waits",
        responses={200: {"content": {"application/json": {"example": _EXAMPLE}}}},
        dependencies=[Depends(require("read"))],
    )
    async def get_operations(
        request: Request,
        context: CurrentContext,
        lang: Annotated[
            str | None,
            Query(max_length=35, description="A language tag; by default `Accept-Language`"),
        ] = None,
    ) -> Answer[OperationsShown]:
        """Also while PostgreSQL, Kafka or a channel is away: within two seconds it says since when,
        what still works and what to do. A part that was not there in time is empty, and in
        `missing`.
        """
        spoken = lang or request.headers.get("accept-language", "en")
        return answer(await operations.shown(context, spoken))

    return made
