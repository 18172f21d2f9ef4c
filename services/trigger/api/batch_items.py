"""Reads a batch of accounts item by item, so that a fault is reported for its own item."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, Field, ValidationError, WithJsonSchema

from services.trigger.accounts import Override
from services.trigger.api.accounts import ContactBody, Name, Profile, repeated
from services.trigger.api.limits import LimitBody, override_faults
from services.trigger.subscriptions.batches import MOST_CONTACTS, Item
from services.trigger.subscriptions.orders import Order
from shared.events.strict import has_more_elements
from shared.values.faults import Fault, pointer_part
from shared.web import Problem, invalid
from shared.web.json_body import parse_json, unstorable
from shared.web.models import check_path_identifier
from shared.web.problems import model_faults

JSON, LINES = "application/json", "application/x-ndjson"
ALSO_LINES = frozenset(
    {"application/ndjson", "application/jsonl", "application/x-jsonlines", "application/jsonlines"}
)
"""Other names that clients use for the same media type: none is registered."""
MOST = 1_000
"""Accounts in a batch."""
_MOST_COMMAS = 100_000
"""Above this size the items are counted first: eight megabytes may hold millions of them."""
_MOST_LIMITS = 1_000

AccountId = Annotated[
    str,
    AfterValidator(check_path_identifier),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 256}),
]


class AccountItem(Profile):
    """Master data as `PUT /v1/accounts/{account}` takes it, with the id. For a known account it may
    be left out and then stays as it is.

    If `contacts` is left out, the contacts stay; `add_contacts` adds to them. A subscription or
    limits that are left out also stay.
    """

    id: AccountId
    name: Name | None = None
    add_contacts: Annotated[list[ContactBody], Field(max_length=MOST_CONTACTS)] = Field(
        default_factory=list
    )
    subscription: Order | None = None
    limits: Annotated[dict[AccountId, LimitBody], Field(max_length=_MOST_LIMITS)] = Field(
        default_factory=dict
    )

    def item(self) -> Item | list[Fault]:
        """Runs the same checks as the endpoints for one account; paths point into the item."""
        found = list(self._overrides())
        faults = [*self.faults(), *repeated([one.id for one in self.add_contacts], "/add_contacts")]
        faults += [fault for one in found if not isinstance(one, Override) for fault in one]
        given = self.model_fields_set & _MASTER_DATA
        if given and self.name is None:
            faults.append(Fault("/name", "is missing"))
        if faults:
            return faults
        return Item(
            id=self.id,
            account=None if self.name is None else self.named(self.id, self.name),
            keeps_contacts="contacts" not in given,
            added=tuple(one.contact() for one in self.add_contacts),
            order=self.subscription,
            overrides=tuple(one for one in found if isinstance(one, Override)),
        )

    def _overrides(self) -> Iterator[Override | list[Fault]]:
        for meter, body in self.limits.items():
            path = f"/limits{pointer_part(meter)}"
            try:
                yield body.override(meter)
            except Problem as problem:
                yield [Fault(path + fault.path, fault.reason) for fault in problem.errors]


_MASTER_DATA = frozenset({*Profile.model_fields, "name"})


@dataclass(frozen=True, slots=True)
class Unread:
    """An item that cannot be used, with its account's id if it has one."""

    id: str | None
    faults: tuple[Fault, ...]


Part = msgspec.Raw | bytes


def read_items(raw: bytes, media: str) -> list[Item | Unread]:
    """Raises Problem if the body as a whole is not a batch."""
    return each_once(read_parts(parts_of(raw, media)))


def parts_of(raw: bytes, media: str) -> Sequence[Part]:
    """The items, each as its own bytes. Raises Problem if the body as a whole is not a batch."""
    parts = _elements(raw) if media == JSON else _lines(raw)
    if not parts:
        raise invalid(Fault("", f"must hold 1 to {MOST:,} accounts"))
    if len(parts) > MOST:
        raise too_many()
    return parts


def read_parts(parts: Sequence[Part]) -> list[Item | Unread]:
    return [_read(part) for part in parts]


def each_once(read: Sequence[Item | Unread]) -> list[Item | Unread]:
    """Of several items with the same id only the first is taken: the order is not defined."""
    seen: set[str] = set()
    return [_once(one, seen) for one in read]


def too_many() -> Problem:
    return Problem(413, f"A batch holds at most {MOST:,} accounts.")


def _lines(raw: bytes) -> list[bytes]:
    """Skips empty lines."""
    if raw.count(b"\n") > _MOST_COMMAS:
        raise too_many()
    return [line for line in raw.split(b"\n") if line.strip()]


class _Wrapped(msgspec.Struct, forbid_unknown_fields=True):
    accounts: list[msgspec.Raw]


_LENIENT = json.JSONDecoder(parse_int=str, parse_float=str)
_SPACE = re.compile(r"[ \t\n\r]*")
_array = msgspec.json.Decoder(list[msgspec.Raw])
_object = msgspec.json.Decoder(_Wrapped)


def _elements(raw: bytes) -> Sequence[Part]:
    wrapped = raw.lstrip()[:1] == b"{"
    if raw.count(b",") > _MOST_COMMAS and has_more_elements(raw, MOST, 2 if wrapped else 1):
        raise too_many()
    try:
        return _object.decode(raw).accounts if wrapped else _array.decode(raw)
    except msgspec.ValidationError:
        raise invalid(Fault("", "must be an array of accounts")) from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        apart = (
            None if wrapped else _apart(raw)
        )  # half a surrogate pair, for one, is the fault of a single item
    if apart is None:
        parse_json(raw)  # reports what is wrong with it
        raise Problem(400, "The body is not JSON.")
    return apart


def _apart(raw: bytes) -> list[Part] | None:
    """The elements of an array by a more lenient reader; None if it cannot read them either."""
    found = list[Part]()
    try:
        text = raw.decode()
        here = _behind_space(text, 0)
        expected = "["
        while text[here] == expected:
            begin = _behind_space(text, here + 1)
            _, end = _LENIENT.raw_decode(text, begin)
            found.append(text[begin:end].encode())
            here, expected = _behind_space(text, end), ","
        is_whole = text[here] == "]" and _behind_space(text, here + 1) == len(text)
    except (ValueError, IndexError, RecursionError):
        return None
    return found if is_whole else None


def _behind_space(text: str, here: int) -> int:
    found = _SPACE.match(text, here)
    assert found is not None
    return found.end()


def _read(part: Part) -> Item | Unread:
    raw = bytes(part)
    try:
        value = parse_json(raw)
    except Problem as problem:
        return Unread(
            _id_in(raw), tuple(problem.errors) or (Fault("", _of_item(str(problem.detail))),)
        )
    try:
        found = AccountItem.model_validate(value).item()
    except ValidationError as error:
        return Unread(_id_of(value), tuple([*model_faults(error, value), *_other_faults(value)]))
    return found if isinstance(found, Item) else Unread(_id_of(value), tuple(found))


def _other_faults(value: Any) -> Iterator[Fault]:
    """What `AccountItem.item` would find in an item that has faults of form, so that all are named
    at once.
    """
    if not isinstance(value, Mapping):
        return
    if value.keys() & _MASTER_DATA and value.get("name") is None:
        yield Fault("/name", "is missing")
    for field in ("contacts", "add_contacts"):
        people = value.get(field)
        if isinstance(people, list):
            yield from repeated(
                [one.get("id") if isinstance(one, Mapping) else None for one in people], f"/{field}"
            )
    limits = value.get("limits")
    for meter, body in limits.items() if isinstance(limits, Mapping) else ():
        for fault in override_faults(body):
            yield Fault(f"/limits{pointer_part(meter)}{fault.path}", fault.reason)


def _of_item(detail: str) -> str:
    """`The body is not UTF-8.`, reworded for part of a body."""
    return detail.removeprefix("The body ").removesuffix(".")


def _id_of(value: Any) -> str | None:
    given = value.get("id") if isinstance(value, Mapping) else None
    return given if isinstance(given, str) and len(given) <= 256 else None


def _id_in(raw: bytes) -> str | None:
    """Of an item with values that are not acceptable."""
    try:
        found = _id_of(_LENIENT.decode(raw.decode()))
    except (ValueError, RecursionError):
        return None
    return None if found is None or unstorable(found) else found


def _once(one: Item | Unread, seen: set[str]) -> Item | Unread:
    if isinstance(one, Unread):
        return one
    if one.id in seen:
        return Unread(one.id, (Fault("/id", "is also the id of an earlier account in this batch"),))
    seen.add(one.id)
    return one
