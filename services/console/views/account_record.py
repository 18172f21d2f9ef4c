"""An account as its form holds it: the fields of the API's record, those that two people changed
merged. Pure.

A record has what a `PUT` takes. A CSM or AE is an id, with only what differs from the person of
that id: the rest is theirs, and changes with them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.console.views import merged_fields
from services.console.views.merged_fields import FieldConflict

Record = Mapping[str, Any]
TEXTS = ("name", "locale", "time_zone", "country", "currency", "segment")
PLAIN = (*TEXTS, "employees", "customer_since")
PEOPLE = ("csm", "ae")
OF_CONTACT = ("id", "name", "role", "email", "locale")
MOST_CONTACTS = 100
"""An account with more of them keeps them as they are: they are not in its form."""
_STATED = ("name", "email", "sales_trained", "close_authority")
_MAY_BE_NULL = frozenset({"country", "currency", "segment", "email"})
_DAY = len("2026-12-01")


class Form(Protocol):
    @property
    def values(self) -> Mapping[str, Sequence[str]]: ...

    def get(self, name: str, default: str = "") -> str: ...


def record(account: Record, people: Mapping[str, Record]) -> dict[str, Any]:
    """Of the account as the API shows it. `people`: those who are known, by id."""
    contacts = account["contacts"]
    return {
        **{name: account[name] for name in PLAIN},
        **{place: _reference(account[place], people) for place in PEOPLE},
        "external_ids": dict(account["external_ids"]),
        **({} if len(contacts) > MOST_CONTACTS else {"contacts": contacts}),
    }


def _reference(one: Record | None, people: Mapping[str, Record]) -> dict[str, Any] | None:
    if one is None:
        return None
    known = people.get(one["id"], {})
    own = {name: one[name] for name in _STATED if name not in known or one[name] != known[name]}
    return {"id": one["id"], **own}


def before(told: str) -> dict[str, Any]:
    """The record that the form was filled with; none if it was not sent as it was."""
    try:
        found = json.loads(told)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def body(form: Form, was: Record) -> dict[str, Any]:
    """What the form says. `was`: the record that it was filled with."""
    told = {
        **{name: _text(name, form.get(name)) for name in TEXTS},
        "employees": _number(form.get("employees").strip()),
        "customer_since": _since(form.get("customer_since").strip(), was.get("customer_since")),
        **{place: _chosen(form.get(f"{place}.id"), was.get(place)) for place in PEOPLE},
        "external_ids": _external_ids(form),
    }
    return told | ({"contacts": _contacts(form)[0]} if "contacts" in was else {})


def _text(name: str, told: str) -> str | None:
    found = told.strip()
    return None if name in _MAY_BE_NULL and not found else found


def _number(told: str) -> int | str | None:
    """What is no number is left to the API, which says so."""
    return int(told) if told.isdecimal() and len(told) < 20 else told or None


def _since(told: str, was: Any) -> str | None:
    """A field holds a day: the moment stays unless another day was given."""
    if isinstance(was, str) and told == was[:_DAY]:
        return was
    return told or None


def _chosen(id: str, was: Any) -> Any:
    if isinstance(was, Mapping) and was.get("id") == id:
        return was
    return {"id": id} if id else None


def _external_ids(form: Form) -> dict[str, str]:
    """Those that have no value any more are gone."""
    prefix = "external_ids."
    found = {
        name.removeprefix(prefix): values[0].strip()
        for name, values in form.values.items()
        if name.startswith(prefix) and values[0].strip()
    }
    system = form.get("external_system").strip()
    return found | ({system: form.get("external_id").strip()} if system else {})


def _contacts(form: Form) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Those that stay, and those to be removed. An empty row is no contact."""
    rows: dict[int, dict[str, str]] = {}
    for name, values in form.values.items():
        first, number, field = (*name.split(".", 2), "", "")[:3]
        if first == "contacts" and number.isdecimal() and len(number) < 5:
            rows.setdefault(int(number), {})[field] = values[0].strip()
    kept, removed = list[dict[str, Any]](), list[dict[str, Any]]()
    for _, row in sorted(rows.items()):
        if any(row.get(field) for field in ("id", "name", "email")):
            (removed if row.get("remove") == "on" else kept).append(_contact(row))
    return kept, removed


def _contact(row: Mapping[str, str]) -> dict[str, Any]:
    told = {field: row.get(field, "") for field in OF_CONTACT}
    return {**told, "email": told["email"] or None, "locale": told["locale"] or None}


def removed(form: Form) -> list[dict[str, Any]]:
    """Contacts that are not to stay."""
    return _contacts(form)[1]


@dataclass(frozen=True, slots=True)
class MergedRecord:
    """`record`: has yours where both changed something, which is in `conflicts`."""

    record: dict[str, Any]
    conflicts: tuple[FieldConflict, ...]


def merge(was: Record, yours: Record, theirs: Record) -> MergedRecord:
    """`was`: as the form was filled."""
    single = [name for name in yours if name not in ("external_ids", "contacts")]
    found = merged_fields.merge(was, {name: yours[name] for name in single}, theirs)
    conflicts = list(found.conflicts)
    ids = _merged("external_ids", *(side.get("external_ids", {}) for side in (was, yours, theirs)))
    whole = {**found.fields, "external_ids": ids.record}
    conflicts += ids.conflicts
    if "contacts" in yours and "contacts" in theirs:
        sides = (_by_id(side.get("contacts", ())) for side in (was, yours, theirs))
        contacts = _merged("contacts", *sides)
        whole["contacts"] = list(contacts.record.values())
        conflicts += contacts.conflicts
    return MergedRecord(whole, tuple(conflicts))


def _by_id(contacts: Sequence[Record]) -> dict[str, Record]:
    return {one["id"]: one for one in contacts}


def _merged(place: str, was: Record, yours: Record, theirs: Record) -> MergedRecord:
    """Key by key; of a contact that all three have, field by field."""
    kept, conflicts = dict[str, Any](), list[FieldConflict]()
    for key in dict.fromkeys([*was, *yours, *theirs]):
        sides = [side.get(key) for side in (was, yours, theirs)]
        if all(isinstance(side, Mapping) for side in sides):
            base, own, other = (dict(side) for side in sides if side is not None)
            name = f"{place}.{key}."
        else:
            base, own, other = ({key: side} for side in sides)
            name = f"{place}."
        found = merged_fields.merge(base, own, other)
        conflicts += [
            FieldConflict(f"{name}{one.name}", one.before, one.yours, one.theirs)
            for one in found.conflicts
        ]
        value = found.fields[key] if name == f"{place}." else dict(found.fields)
        if value is not None:
            kept[key] = value
    return MergedRecord(kept, tuple(conflicts))
