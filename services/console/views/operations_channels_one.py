"""One channel: its state, and its settings as a form. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.console.addresses import address, of
from services.console.form_values import Typed
from services.console.views import conflicts, merged_fields
from services.console.views.merged_fields import FieldConflict
from services.console.views.operations_channels import TAGS
from services.console.views.operations_deliveries import PATH as DELIVERIES

FIELDS: Mapping[str, tuple[str, ...]] = {
    "email": ("url", "from"),
    "hubspot": ("url", "token", "version"),
    "webhook": ("url",),
}
"""What is set of each kind, as the API calls it."""
SECRETS = frozenset({"token"})
MASK = "***"
Settings = Mapping[str, Any]


class Form(Protocol):
    def get(self, name: str, default: str = "") -> str: ...


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the form. `before`: the settings of `revision`."""

    before: Settings
    revision: str
    typed: Settings | None = None
    conflicts: Sequence[FieldConflict] = ()


def settings(found: Settings) -> dict[str, str]:
    """Of a channel as the API shows it: what can be changed of it."""
    return {name: found.get(name) or "" for name in FIELDS.get(found["name"], ("url",))}


def body(name: str, form: Form) -> dict[str, Any]:
    """What the form says. What is empty has its default, or is missing."""
    told = {field: form.get(field).strip() for field in FIELDS.get(name, ("url",))}
    given: dict[str, Any] = {field: value for field, value in told.items() if value}
    return given | ({"rotate": True} if form.get("rotate") == "on" else {})


def before(told: str) -> dict[str, Any]:
    """What the form was filled with; nothing if it was not sent as it was."""
    try:
        found = json.loads(told)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def stale(was: Settings, yours: Settings, found: Settings, revision: str) -> Filled:
    """Somebody else was first: what only one side changed is merged. `found`: the channel now."""
    theirs = settings(found)
    merged = merged_fields.merge(was, {name: yours.get(name, "") for name in theirs}, theirs)
    return Filled(theirs, revision, merged.fields, [_masked(one) for one in merged.conflicts])


def merged(body: Settings, filled: Filled) -> dict[str, Any]:
    """What is sent of settings that were merged, with all else that the form said."""
    return {**body, **{name: one for name, one in (filled.typed or {}).items() if one}}


def _masked(one: FieldConflict) -> FieldConflict:
    if one.name not in SECRETS:
        return one
    return FieldConflict(one.name, MASK, MASK, MASK)


def view(
    found: Settings, success: Settings | None, filled: Filled, *, operates: bool, secret: str = ""
) -> dict[str, Any]:
    """`success`: the newest delivery that arrived, as a list of one; None where it is not known.
    `secret`: one that was made now, and is shown this once.
    """
    arrived = [one["delivered_at"] for one in (success or {"data": ()})["data"]]
    return {
        "channel": found,
        "tags": TAGS,
        "here": of("operations", "channels", found["name"]),
        "deliveries": address(DELIVERIES, channel=found["name"]),
        "last_success": next(iter(arrived), None),
        "operates": operates,
        "fields": FIELDS.get(found["name"], ("url",)),
        "filled": Typed({**settings(found), **(filled.typed or {})}),
        "before": json.dumps(filled.before, ensure_ascii=False),
        "revision": filled.revision,
        "conflicts": conflicts.rows(filled.conflicts),
        "secret": secret,
    }
