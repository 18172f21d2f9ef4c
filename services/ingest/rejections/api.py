"""Rejected records over HTTP: listed, counted by reason, sent again, set aside."""

from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from services.ingest.rejections.door import Door
from services.ingest.rejections.replay import Replay, Sent, Settled
from services.ingest.rejections.shapes import (
    EXAMPLE,
    SETTLED,
    RejectedDetail,
    RejectedRecord,
    RejectedRecords,
    RejectionReasons,
    ReplayedRecord,
    ReplayedRecords,
    ServiceName,
    State,
    detail,
    reason_shown,
    shown,
)
from services.ingest.tables import rejects
from services.ingest.tables.rejects import Filters
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.events import Unusable
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.security.rights import OPERATORS, Principal
from shared.telemetry import metrics
from shared.values.faults import Fault
from shared.values.quantities import dumps
from shared.web import (
    Answer,
    Body,
    CurrentAuthor,
    CurrentContext,
    Flag,
    Paging,
    Problem,
    answer,
    invalid,
    media_type,
    require,
    router,
)
from shared.web.description import SCHEMAS, schemas_of
from shared.web.json_body import parse_json

_MOST_FAULTS = 1_000
_MOST_COUNTED = 10_001
_JSON = "application/json"
_MEDIA = {_JSON, "application/cloudevents+json", "application/cloudevents-batch+json"}
_CORRECTED: dict[str, Any] = {
    "specversion": "1.0",
    "id": "8f0c1c7e",
    "source": "/shop",
    "type": "api.request",
    "subject": "acct-42",
    "time": "2026-11-22T05:00:00Z",
}


class CorrectedRecord(TypedDict):
    """`payload`: an event, an array of them, or the text of either."""

    payload: NotRequired[dict[str, Any] | list[dict[str, Any]] | str]


_TAKING: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {
            _JSON: {
                "schema": {"$ref": "#/components/schemas/CorrectedRecord"},
                "example": {"payload": _CORRECTED},
            }
        },
    },
    SCHEMAS: schemas_of(CorrectedRecord),
}

Id = Annotated[str, Path(max_length=256)]
Reader = Annotated[Principal, Depends(require("read"))]
Operate = Depends(require("operate"))
OfService = Annotated[ServiceName | None, Query(description="Only those of this service")]
InState = Annotated[State | None, Query(description="Only in this state")]
Reason = Annotated[
    str | None,
    Query(max_length=2_000, description="Only with this reason, or reasons that begin so"),
]


class DismissBody(Body):
    model_config = ConfigDict(json_schema_extra={"example": {"reason": "A test of theirs."}})
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class ReplayAllBody(Body):
    """`after`: only records above this id, to go on where an answer ended."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"reason": "future", "service": "ingest"}}
    )
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]
    service: ServiceName | None = None
    after: Annotated[str, Field(pattern=r"^\d{1,18}$")] | None = None


def make_routes(context: Context, door: Door) -> APIRouter:
    made = router(tags=["events"])
    replay = Replay(context, door)
    _add_list(made)
    _add_reasons(made)
    _add_one(made)
    _add_replay(made, replay)
    _add_replay_of_all(made, replay)
    _add_dismissal(made)
    return made


def _add_list(made: APIRouter) -> None:
    @made.get(
        "/v1/events/rejected",
        summary="List rejected records",
        responses=_shows({"data": [EXAMPLE], "next_cursor": None}),
    )
    async def list_rejected_records(
        caller: Reader,
        context: CurrentContext,
        page: Paging,
        topic: Annotated[str | None, Query(max_length=256, description="Only this topic")] = None,
        code: Annotated[
            str | None,
            Query(
                max_length=64, description="The code that the reason begins with, such as `field`"
            ),
        ] = None,
        service: OfService = None,
        reason: Reason = None,
        state: InState = None,
        total: Annotated[bool, Query(description="Count them, too: up to 10,001")] = False,
    ) -> Answer[RejectedRecords]:
        """Newest first, of all topics. A payload that is not text is in `payload_base64`; at most
        64 kB of it are kept. A person sees payloads as operator or admin; others see null.
        """
        wanted = filters(reason, code=code, service=service, topic=topic, state=state)
        async with transaction(context.engine) as conn:
            rows = await rejects.page(conn, wanted, page.before, page.fetch)
            number = await rejects.count(conn, wanted, _MOST_COUNTED) if total else 0
        seen = caller.reads(OPERATORS)
        body = page.body(rows, lambda row: [row.id], lambda row: shown(row, with_payload=seen))
        found: RejectedRecords = {"data": body["data"], "next_cursor": body["next_cursor"]}
        if total:
            found["total"] = number
        return answer(found)


def _add_reasons(made: APIRouter) -> None:
    @made.get(
        "/v1/events/rejected/reasons",
        summary="Count rejected records by reason",
        responses=_shows({"data": [_REASON], "counted": 12}),
        dependencies=[Depends(require("read"))],
    )
    async def count_rejection_reasons(
        context: CurrentContext,
        service: OfService = None,
        state: InState = None,
    ) -> Answer[RejectionReasons]:
        """Each reason with the first and the last time, the one with most open records first. Of
        the newest 100,000 records, and at most 200 reasons.
        """
        async with transaction(context.engine) as conn:
            rows = await rejects.reasons(conn, Filters(service=service, state=state))
        return answer(
            {
                "data": [reason_shown(row) for row in rows],
                "counted": rows[0]["counted"] if rows else 0,
            }
        )


def _add_one(made: APIRouter) -> None:
    @made.get(
        "/v1/events/rejected/{id}",
        summary="Get a rejected record",
        responses=_shows(EXAMPLE | {"accounts": ["acct-42"], "headers": None, "event": None}),
    )
    async def get_rejected_record(
        id: Id, caller: Reader, context: CurrentContext
    ) -> Answer[RejectedDetail]:
        """What it was, why it could not be used, where it came from, and what became of it."""
        async with transaction(context.engine) as conn:
            row = await rejects.find(conn, _number(id))
        if row is None:
            raise _UNKNOWN
        return answer(detail(row, with_payload=caller.reads(OPERATORS)))


def _add_replay(made: APIRouter, replay: Replay) -> None:
    @made.post(
        "/v1/events/rejected/{id}:replay",
        summary="Send a rejected record again",
        openapi_extra=_TAKING,
        responses=_shows(
            SETTLED | {"state": "replayed", "outcome": "applied", "accepted": 1, "erased": 0}
        ),
        dependencies=[Operate],
    )
    async def replay_rejected_record(
        id: Id, request: Request, author: CurrentAuthor
    ) -> Answer[ReplayedRecord]:
        """As it was, or with a corrected `payload` (an event, or an array of them, as JSON or its
        text): it passes the same checks as a new event and counts once. 422 if it is refused again;
        if only its service refused it, `replayed_as` is the new record. 409 if it was sent again
        before.
        """
        sent = _sent(await replay.one(_number(id), await _corrected(request), author))
        outcome = await replay.outcome(sent)
        if not isinstance(outcome, str):
            raise Problem(
                422,
                f"It was refused again: see rejected record {outcome.refused}.",
                errors=[Fault("/payload", outcome.reason or "")],
            )
        found = shown(sent.row)
        return answer(
            {**found, "outcome": outcome, "accepted": len(sent.places), "erased": sent.erased}
        )


def _add_replay_of_all(made: APIRouter, replay: Replay) -> None:
    @made.post(
        "/v1/events/rejected:replay",
        summary="Send all records with a reason again",
        responses=_shows({"matched": 12, "replayed": 11, "refused": 1, "next_after": None}),
        dependencies=[Operate],
    )
    async def replay_rejected_records(
        body: ReplayAllBody,
        context: CurrentContext,
        author: CurrentAuthor,
        dry_run: Annotated[Flag, Query(description="Only count them")] = False,
    ) -> Answer[ReplayedRecords]:
        """The open ones, oldest first, up to 1,000 in a request: go on with `next_after` as
        `after`. What is refused again stays open.
        """
        wanted, after = filters(body.reason, service=body.service), int(body.after or 0)
        if dry_run:
            async with transaction(context.engine) as conn:
                matched = await rejects.count_open(conn, wanted, after)
            return answer({"matched": matched, "replayed": 0, "refused": 0, "next_after": None})
        done = await replay.several(wanted, after, author)
        return answer(
            {
                "matched": done.matched,
                "replayed": done.replayed,
                "refused": done.refused,
                "next_after": None if done.next_after is None else str(done.next_after),
            }
        )


def _add_dismissal(made: APIRouter) -> None:
    @made.post(
        "/v1/events/rejected/{id}:dismiss",
        summary="Set a rejected record aside",
        responses=_shows(SETTLED | {"state": "dismissed", "note": "A test of theirs."}),
        dependencies=[Operate],
    )
    async def dismiss_rejected_record(
        id: Id, body: DismissBody, context: CurrentContext, author: CurrentAuthor
    ) -> Answer[RejectedRecord]:
        """It needs nobody any more, for this reason; it can still be sent again. 409 if it was."""
        return answer(await _dismissed(context, _number(id), body.reason, author))


async def _dismissed(context: Context, id: int, reason: str, author: Author) -> RejectedRecord:
    async with transaction(context.engine) as conn:
        row = await rejects.find(conn, id, locked=True)
        if row is None:
            raise _UNKNOWN
        if row.state == "replayed":
            raise Problem(409, "It has been sent again already.")
        if (row.state, row.note) != ("dismissed", reason):
            now = context.clock.now()
            await rejects.settle(conn, [id], "dismissed", author, now, reason)
            done = Done("dismiss", "rejected", str(id), now, after={"reason": reason})
            await trail.write(conn, author, done)
            metrics.rejected_settled.labels(row.service, "dismissed").inc()
        found = await rejects.find(conn, id)
        assert found is not None, "it is locked"
        return shown(found)


def filters(reason: str | None, code: str | None = None, **more: str | None) -> Filters:
    """A reason without a colon is what reasons begin with."""
    if reason is None or ":" in reason:
        return Filters(reason=reason, code=code, **more)
    return Filters(code=reason if code in (None, reason) else "", **more)


def _sent(found: Sent | Settled | Unusable | None) -> Sent:
    match found:
        case None:
            raise _UNKNOWN
        case Settled(why=why):
            raise Problem(409, why)
        case Unusable():
            faults = [Fault(f"/payload{_below(one.path)}", one.reason) for one in found.faults]
            raise Problem(422, "It was refused again: see errors.", errors=faults[:_MOST_FAULTS])
        case Sent():
            return found


def _below(path: str) -> str:
    return path if path.startswith("/") else ""


async def _corrected(request: Request) -> bytes | None:
    """The corrected payload: the body itself if it is an event, else its `payload`."""
    raw = await request.body()
    if not raw:
        return None
    if media_type(request, _MEDIA) != _JSON:
        return raw
    given = parse_json(raw)
    if not isinstance(given, dict):
        raise invalid(Fault("", "must be an object"))
    if unknown := sorted(set(given) - {"payload"}):
        raise invalid(*(Fault(f"/{name}", "is not known here") for name in unknown[:10]))
    payload = given.get("payload")
    if payload is None or isinstance(payload, str):
        return None if payload is None else payload.encode()
    if not isinstance(payload, dict | list):
        raise invalid(Fault("/payload", "must be an event, an array of events, or their text"))
    return dumps(payload)


def _number(id: str) -> int:
    if id.isascii() and id.isdecimal() and len(id) < 19:
        return int(id)
    raise _UNKNOWN


_UNKNOWN = Problem(404, "There is no rejected record with this id.")
_REASON: dict[str, Any] = {
    "service": "ingest",
    "reason": EXAMPLE["reason"],
    "code": "field",
    "count": 12,
    "open": 11,
    "first": "2026-11-21T05:00:00Z",
    "last": "2026-11-22T05:00:00Z",
}


def _shows(example: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": "Done", "content": {"application/json": {"example": example}}}}
