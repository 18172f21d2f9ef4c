"""Rejected records as the API shows them."""

from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NotRequired, get_args

from sqlalchemy import Row
from typing_extensions import TypedDict

from shared.events import in_structured_mode
from shared.messages import USAGE_EVENTS

ServiceName = Literal["ingest", "trigger", "notifier"]
State = Literal["open", "replayed", "dismissed"]
STATES: tuple[State, ...] = get_args(State)
Outcome = Literal["applied", "pending"]


class SettledBy(TypedDict):
    """A person, or a key by its name."""

    kind: Literal["person", "key", "plimsoll"]
    id: str


class RejectedRecord(TypedDict):
    """An unusable record of a topic. `payload_base64` replaces a payload that is not text.

    `offset` is negative for a record of an earlier topic of that name. `replayed_as`: the rejected
    record that it became, if it was refused again.
    """

    id: str
    service: ServiceName
    topic: str
    partition: int
    offset: int
    reason: str
    payload: str | None
    at: datetime
    state: State
    settled_at: datetime | None
    settled_by: SettledBy | None
    note: str | None
    replayed_as: str | None
    payload_base64: NotRequired[str]


class RejectedRecords(TypedDict):
    """A page of records. `total` if it was asked for: 10001 stands for more than 10,000."""

    data: list[RejectedRecord]
    next_cursor: str | None
    total: NotRequired[int]


class RejectedDetail(RejectedRecord):
    """`accounts`: whom it concerns, as far as known. Of a record in binary mode, `headers`: its
    attributes and content type, and `event`: all of it as one JSON object, as it is sent again.
    """

    accounts: list[str]
    headers: dict[str, str] | None
    event: str | None


class ReplayedRecord(RejectedRecord):
    """`outcome`: `applied`, or `pending` while the service has not got to it. `accepted`: how many
    events were published, `erased` how many belonged to erased accounts.
    """

    outcome: Outcome
    accepted: int
    erased: int


class RejectionReason(TypedDict):
    """`count`: records with this reason, `open` those not yet settled. `code`: what the reason
    begins with.
    """

    service: ServiceName
    reason: str
    code: str
    count: int
    open: int
    first: datetime
    last: datetime


class RejectionReasons(TypedDict):
    """The most frequent first. `counted`: how many records were looked at, the newest ones."""

    data: list[RejectionReason]
    counted: int


class ReplayedRecords(TypedDict):
    """`matched`: open records with this reason, 100,000 at most. `next_after`: more are left, from
    this id on.
    """

    matched: int
    replayed: int
    refused: int
    next_after: str | None


EXAMPLE: dict[str, Any] = {
    "id": "812",
    "service": "ingest",
    "topic": USAGE_EVENTS,
    "partition": 0,
    "offset": 17,
    "reason": "field: time is missing (at /time)",
    "payload": '{"specversion": "1.0"}',
    "at": "2026-11-22T05:00:00Z",
    "state": "open",
    "settled_at": None,
    "settled_by": None,
    "note": None,
    "replayed_as": None,
}
SETTLED: dict[str, Any] = EXAMPLE | {
    "settled_at": "2026-11-22T06:00:00Z",
    "settled_by": {"kind": "person", "id": "u7"},
}


def shown(row: Row[Any], *, with_payload: bool = True) -> RejectedRecord:
    found: RejectedRecord = {
        "id": str(row.id),
        "service": row.service,
        "topic": row.topic,
        "partition": row.partition,
        "offset": row.offset,
        "reason": row.reason,
        "payload": row.payload if with_payload else None,
        "at": row.at,
        "state": row.state,
        "settled_at": row.settled_at,
        "settled_by": None if row.by_id is None else {"kind": row.by_kind, "id": row.by_id},
        "note": row.note,
        "replayed_as": None if row.replayed_as is None else str(row.replayed_as),
    }
    if row.payload_base64 is not None and with_payload:
        return {**found, "payload_base64": row.payload_base64}
    return found


def detail(row: Row[Any], *, with_payload: bool) -> RejectedDetail:
    whole = kept(row) if with_payload and row.headers else None
    return {
        **shown(row, with_payload=with_payload),
        "accounts": list(row.accounts or ()),
        "headers": row.headers if with_payload else None,
        "event": None if whole is None else whole.decode(),
    }


def kept(row: Row[Any]) -> bytes | None:
    """What is sent again: the payload, or the event with the attributes of its headers.

    A payload that was cut to what is kept is no longer JSON, so it is refused like any other.
    """
    if row.headers:
        data = row.payload.encode() if row.payload else b64decode(row.payload_base64 or "")
        return in_structured_mode(row.headers, data)
    return None if row.payload is None else str(row.payload).encode()


def reason_shown(row: Mapping[str, Any]) -> RejectionReason:
    return {
        "service": row["service"],
        "reason": row["reason"],
        "code": row["reason"].partition(":")[0],
        "count": row["count"],
        "open": row["open"],
        "first": row["first"],
        "last": row["last"],
    }
