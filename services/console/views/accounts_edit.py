"""An account's record as a form. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.addresses import of
from services.console.views import conflicts
from services.console.views.account_record import Record
from services.console.views.merged_fields import FieldConflict

CONTACT_ROLES = ("owner", "billing_admin", "admin", "member", "decision_maker", "champion")
_ROLE_OF = {"csm": "csm", "ae": "sales"}
_EMPTY = {"id": "", "name": "", "role": "member", "email": None, "locale": None}
_DAY = len("2026-12-01")


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the form. `before`: the record of `revision`. `typed`: what was sent, else
    None. `removed`: contacts that are to go.
    """

    before: Record
    revision: str
    typed: Record | None = None
    removed: Sequence[Record] = ()
    conflicts: Sequence[FieldConflict] = ()

    @property
    def fields(self) -> Record:
        return self.before if self.typed is None else self.typed


def view(
    account: Record, filled: Filled, people: Sequence[Record], *, edits: bool
) -> dict[str, Any]:
    """`people`: whom one can choose from. `edits`: whether the reader may."""
    fields = filled.fields
    contacts = fields.get("contacts")
    return {
        "account": account,
        "page": of("accounts", account["id"]),
        "here": of("accounts", account["id"], "edit"),
        "edits": edits,
        "revision": filled.revision,
        "before": json.dumps(filled.before, ensure_ascii=False),
        "filled": {**fields, "customer_since": (fields.get("customer_since") or "")[:_DAY]},
        "conflicts": conflicts.rows(filled.conflicts),
        "choices": {
            place: choices(people, role, (account[place], fields.get(place)))
            for place, role in _ROLE_OF.items()
        },
        "contacts": None if contacts is None else _rows(contacts, filled.removed),
        "contact_roles": CONTACT_ROLES,
    }


def choices(
    people: Sequence[Record], role: str, now: Sequence[Record | None]
) -> list[tuple[str, str]]:
    """Who is active with this role, and who has it now, by name."""
    known = {one["id"]: one["name"] for one in people}
    offered = {one["id"]: one["name"] for one in people if one["active"] and role in one["roles"]}
    for one in now:
        if one is not None:
            offered.setdefault(one["id"], known.get(one["id"]) or one.get("name") or one["id"])
    return sorted(offered.items(), key=lambda one: (one[1], one[0]))


def _rows(kept: Sequence[Record], removed: Sequence[Record]) -> list[dict[str, Any]]:
    """With an empty one to add a contact; those to be removed at the end, so that the others have
    the numbers that they were sent with.
    """
    several: list[tuple[Mapping[str, Any], str]] = [
        *((one, "") for one in kept),
        (_EMPTY, "new"),
        *((one, "removed") for one in removed),
    ]
    return [{**one, "place": place, "state": state} for place, (one, state) in enumerate(several)]
