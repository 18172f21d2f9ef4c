"""One of our people: the record as a form, and their sessions. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.console.addresses import of
from services.console.views.conflicts import rows
from services.console.views.merged_fields import FieldConflict
from services.console.views.preferences import SessionShown
from shared.security.rights import ROLES

_TEXTS = ("name", "email", "manager", "locale", "time_zone", "close_authority")
_MAY_BE_NULL = frozenset({"email", "manager", "close_authority"})
_BOXES = ("active", "sales_trained")
_WRITTEN = frozenset({*_TEXTS, *_BOXES, "roles"})


def body(told: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What the form says, as the API takes it."""
    first = {name: values[0].strip() for name, values in told.items() if values}
    texts = {
        name: None if name in _MAY_BE_NULL and not first.get(name) else first.get(name, "")
        for name in _TEXTS
    }
    boxes = {name: first.get(name) == "on" for name in _BOXES}
    return {**texts, **boxes, "roles": [role for role in ROLES if role in told.get("roles", ())]}


def before(told: str) -> Mapping[str, Any]:
    """The record as the form was filled; none if it was not sent as it was."""
    try:
        found = json.loads(told)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def view(
    person: Mapping[str, Any],
    sessions: Sequence[SessionShown] | None,
    *,
    revision: str = "",
    filled_with: str = "",
    edits: bool = False,
    typed: Mapping[str, Any] | None = None,
    link: str = "",
    conflicts: Sequence[FieldConflict] = (),
) -> dict[str, Any]:
    """`sessions`: None for those who may not see them. `typed`: what was refused."""
    record = {name: value for name, value in person.items() if name in _WRITTEN}
    return {
        "before": filled_with or json.dumps(record, ensure_ascii=False),
        "conflicts": rows(conflicts),
        "person": person,
        "filled": {**person, **(typed or {})},
        "path": of("operations", "people", person["id"]),
        "roles": ROLES,
        "sessions": sessions,
        "revision": revision,
        "edits": edits,
        "link": link,
    }
