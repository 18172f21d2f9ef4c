"""The audit log over HTTP: who changed what, in every service."""

from datetime import UTC, datetime, time
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Query, Request
from sqlalchemy import Row
from typing_extensions import TypedDict

from services.trigger.api.common import shows
from services.trigger.process.tasks.due_dates import When
from shared.answers import MomentText
from shared.audit import trail
from shared.postgres.database import transaction
from shared.security.rights import AUDITORS, Kind, Principal
from shared.values.csv_form import csv_bytes
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.values.quantities import dumps
from shared.web import Answer, CurrentContext, Identifier, Paging, answer, invalid, require, router

routes = router(tags=["operations"])


class AuthorShown(TypedDict):
    kind: Kind
    id: str


class ChangeShown(TypedDict):
    """A change. `what`: the kind of thing, and which. `before`, `after`: the fields that differ;
    null: there was nothing to show. Secrets are masked.
    """

    id: str
    at: MomentText
    by: AuthorShown
    action: str
    what: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None


class AuditLog(TypedDict):
    """A page of changes."""

    data: list[ChangeShown]
    next_cursor: str | None


_CHANGE: dict[str, Any] = {
    "id": "4711",
    "at": "2026-11-22T05:00:00Z",
    "by": {"kind": "person", "id": "u7"},
    "action": "change",
    "what": "channel webhook",
    "before": {"url": "https://hooks.example.com/old"},
    "after": {"url": "https://hooks.example.com/new"},
    "request_id": "0b7a4e1f2c3d4e5f60718293a4b5c6d7",
}


@routes.get(
    "/v1/audit",
    summary="List changes and who made them",
    responses=shows({"data": [_CHANGE], "next_cursor": None}),
)
async def list_changes(
    request: Request,
    caller: Annotated[Principal, Depends(require("admin", AUDITORS))],
    page: Paging,
    context: CurrentContext,
    who: Annotated[
        Identifier | None, Query(description="Only by this person or key; `me`: by who asks")
    ] = None,
    what: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=600,
            description="Only of this thing (`channel webhook`), kind (`channel`), id, or account",
        ),
    ] = None,
    since: Annotated[When | None, Query(alias="from", description="From then on")] = None,
    until: Annotated[When | None, Query(alias="to", description="Until then, exclusively")] = None,
    format: Annotated[
        Literal["json", "csv"] | None, Query(description="`csv`: also by `Accept: text/csv`")
    ] = None,
) -> Answer[AuditLog]:
    """Newest first. A day begins at 00:00 UTC. What people write in logs of opportunities and tasks
    is told without its words, which are there.
    """
    wanted = trail.Filters(_who(who, caller), what, _moment(since), _moment(until))
    after = None if page.after is None else (datetime.fromisoformat(page.after[0]), page.after[1])
    async with transaction(context.engine) as conn:
        rows = await trail.page(conn, wanted, after, page.fetch)
    found = page.body(rows, lambda row: [row.at.isoformat(), row.n], _shown)
    accepts = request.headers.get("accept", "")
    if format == "csv" or (format is None and "text/csv" in accepts):
        return _as_csv(found["data"])
    return answer(found)


def _who(who: str | None, caller: Principal) -> str | None:
    if who == "all":
        return None
    if who == "me" and caller.kind != "person":
        raise invalid(Fault("query.who", "me needs somebody who is signed in"))
    return caller.name if who == "me" else who


def _moment(when: Any) -> datetime | None:
    if when is None or isinstance(when, datetime):
        return when
    return datetime.combine(when, time(), UTC)


def _shown(row: Row[Any]) -> ChangeShown:
    return {
        "id": str(row.n),
        "at": iso(row.at),
        "by": {"kind": row.by_kind, "id": row.by_id},
        "action": row.action,
        "what": f"{row.what_kind} {row.what_id}".strip(),
        "before": _fields(row.before),
        "after": _fields(row.after),
        "request_id": row.request_id,
    }


def _fields(raw: str | None) -> Any:
    """With every digit it was written with."""
    return None if raw is None else msgspec.json.decode(raw, type=dict[str, msgspec.Raw])


def _as_csv(listed: list[ChangeShown]) -> Answer[AuditLog]:
    """`before` and `after` as JSON: their fields are others in each row."""
    rows = [{**one, "before": _text(one["before"]), "after": _text(one["after"])} for one in listed]
    return Answer(csv_bytes(rows), media_type="text/csv; charset=utf-8")


def _text(fields: dict[str, Any] | None) -> str | None:
    return None if fields is None else dumps(fields).decode()
