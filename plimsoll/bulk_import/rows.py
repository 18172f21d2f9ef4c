"""The content of one row, independent of the file's format: the account and the statements about
it. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from typing import Any, Literal, get_args

from shared.events.strict import read_json
from shared.values.faults import Fault, pointer_part
from shared.values.json_tree import pointer, walk
from shared.values.quantities import bounded, dumps

Kind = Literal["account", "contact", "subscription", "limit", "fact"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NOTE = "_refused"
"""The key for the reason of a refused row. A row that is imported again may still have it."""
SOURCE = "/import"
"""The source of facts whose rows name none."""
_OUTER = ("kind", NOTE)
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place between two rows: its byte offset, and the number of the line that begins there."""

    position: int = 0
    line: int = 1


@dataclass(frozen=True, slots=True)
class Span:
    """The start and end of a row."""

    begin: Mark
    end: Mark

    @property
    def size(self) -> int:
        return self.end.position - self.begin.position


@dataclass(frozen=True, slots=True)
class Row:
    """`raw`: its bytes, if they already have the API's form of an account; then `body` is parsed
    only on demand.
    """

    span: Span
    kind: Kind
    account: str
    read: Mapping[str, Any] | None
    raw: bytes | None = None

    @property
    def body(self) -> Mapping[str, Any]:
        """Empty if it can only be passed on unchanged: the API reports what is wrong with it."""
        if self.read is not None:
            return self.read
        found = read_json(self.raw or b"")
        return found if isinstance(found, dict) and not value_faults(found) else {}


@dataclass(frozen=True, slots=True)
class Unusable:
    """An unusable row. `body`: what could be parsed; None: nothing, and `text` is its beginning."""

    span: Span
    faults: tuple[Fault, ...]
    body: Mapping[str, Any] | None = None
    text: str = ""


def row_of(body: Any, span: Span, kind: str | None = None) -> Row | Unusable:
    """`kind`: for a file whose rows do not name it."""
    if faults := value_faults(body):
        return Unusable(span, faults)
    if not isinstance(body, dict):
        return Unusable(span, (Fault("", "must be an object"),), text=str(body)[:100])
    named = body.get("kind", kind or "account")
    if named not in KINDS:
        return Unusable(span, (Fault("/kind", f"must be one of {', '.join(KINDS)}"),), body)
    key = "id" if named == "account" else "account"
    account = body.get(key)
    if not isinstance(account, str) or not account:
        return Unusable(
            span,
            (Fault(f"/{key}", "is missing" if account in (None, "") else "must be text"),),
            body,
        )
    if named == "limit" and not isinstance(body.get("meter"), str):
        return Unusable(span, (Fault("/meter", "is missing"),), body)
    return Row(span, named, account, body)


def value_faults(body: Any) -> tuple[Fault, ...]:
    """Numbers and strings that no account or fact may contain, and that could not be written to the
    report.
    """
    wrong = ((pointer(trail), _reason(value)) for value, trail, _ in walk(body))
    return tuple(islice((Fault(path, reason) for path, reason in wrong if reason), _MOST_FAULTS))


def _reason(value: Any) -> str | None:
    match value:
        case bool():
            return None
        case int() | float() | Decimal():
            try:
                bounded(Decimal(value))
            except ValueError as error:
                return str(error)
        case str() if not _is_text(value):
            return "holds half a surrogate pair"
        case dict() if not all(map(_is_text, value)):
            return "has a name that holds half a surrogate pair"
    return None


def _is_text(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def item_of(row: Row) -> dict[str, Any]:
    """The item for `POST /v1/accounts:batch`."""
    body = without(row.body, *_OUTER)
    match row.kind:
        case "contact":
            return {"id": row.account, "add_contacts": [without(body, "account")]}
        case "subscription":
            return {"id": row.account, "subscription": without(body, "account")}
        case "limit":
            return {"id": row.account, "limits": {body["meter"]: without(body, "account", "meter")}}
    return body


def event_of(row: Row) -> dict[str, Any]:
    """The item for `POST /v1/signals`. A fact without an id gets one derived from its content:
    imported again, it is the same fact.
    """
    body = without(row.body, *_OUTER)
    said = without(body, "account", "subject")
    return {
        "specversion": "1.0",
        "id": _id_of(row.account, said),
        "source": SOURCE,
        "subject": row.account,
        **said,
    }


def _id_of(account: str, said: Mapping[str, Any]) -> str:
    return sha256(dumps([account, dict(sorted(said.items()))])).hexdigest()[:32]


def without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def place_in(row: Row, fault: Fault) -> Fault:
    """Converts a fault's path in the item to that in the row."""
    path = fault.path
    if row.kind == "contact":
        path = path.removeprefix("/add_contacts/0")
    elif row.kind == "subscription":
        path = path.removeprefix("/subscription")
    elif row.kind == "limit":
        path = "/meter" if path == _meter(row) else path.removeprefix(_meter(row))
    if row.kind != "account" and fault.path in ("/id", "/name"):
        return Fault("/account", fault.reason.removeprefix("is missing: "))
    return Fault(path, fault.reason)


def _meter(row: Row) -> str:
    return f"/limits{pointer_part(row.body['meter'])}"
