"""An opportunity: where it stands, whose it is, what it is worth, what comes next."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from services.console.addresses import of
from services.console.views import pipeline
from services.console.views.hindrances import ahead, form_of_move, hindrances

TABS = ("conversation", "objections", "trial", "case", "quote", "handoff")
LOSSES = ("price", "timing", "no_need", "budget", "competitor", "no_response", "other")
"""Why a person says that it is lost; the others are found by Plimsoll itself."""
STEPS = ("formal_proposal", "trial", "involve_stakeholder")
ROLES = ("decision_maker", "champion", "approver", "user", "other")
SAID = {
    "move": "moved_on",
    "next_step": "step_saved",
    "note": "noted",
    "owner": "assigned",
    "stakeholder": "saved",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "move": ("to", "reason", "text"),
    "next_step": ("kind", "owner", "due", "note"),
    "note": ("text",),
    "owner": ("person",),
    "stakeholder": ("name", "role", "contact", "note"),
}
"""Type of an entry -> the fields of its form, named as in the API."""


class Form(Protocol):
    def get(self, name: str, default: str = "") -> str: ...


def entry(form: Form) -> dict[str, str] | None:
    """None: the form asks for nothing that is known here."""
    act = form.get("act")
    if act not in FIELDS:
        return None
    told = {name: value for name in FIELDS[act] if (value := form.get(name).strip())}
    return {"type": act, **told}


def tabs(id: str, current: str) -> list[tuple[str, str, bool]]:
    """(address, name of its words, whether it is shown now)."""
    first = (of("opportunities", id), "overview", current == "overview")
    return [first, *((of("opportunities", id, one), one, current == one) for one in TABS)]


def frame(found: Mapping[str, Any], current: str, name: str, now: datetime) -> dict[str, Any]:
    """What every page of an opportunity begins with. `name`: of its account."""
    return {
        "deal": {**pipeline.card(found, now), "account_name": name},
        "tabs": tabs(found["id"], current),
        "decision": of("decisions", found["decision"]) if found["decision"] else "",
    }


def view(
    found: Mapping[str, Any],
    entries: Sequence[Mapping[str, Any]] | None,
    typed: Mapping[str, str],
    appended: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    return {
        "entries": None if entries is None else [shown(one) for one in entries],
        "appended": [shown(one) for one in appended],
        "typed": typed,
        **_moves(found),
        "losses": LOSSES,
        "steps": STEPS,
        "roles": ROLES,
    }


def _moves(found: Mapping[str, Any]) -> dict[str, Any]:
    """`onward`: the move that leads further, if one may, with the `page` of the form that makes it,
    if it is not made by its name alone; `next`: the one that is to be made
    possible; `allowed` and `refused`: the others.
    """
    allowed = [one for one in found["moves"] if one["allowed"]]
    refused = [
        {
            **one,
            "reasons": hindrances(
                one["reasons"], found["id"], qualification=found.get("qualification")
            ),
        }
        for one in found["moves"]
        if not one["allowed"]
    ]
    onward = next(iter(ahead(found["stage"], allowed)), None)
    if onward is not None:
        onward = {**onward, "page": form_of_move(found["id"], onward["to"])}
    to_come = None if onward else next(iter(ahead(found["stage"], refused)), None)
    return {
        "onward": onward,
        "next": to_come,
        "allowed": [one for one in allowed if onward is None or one["to"] != onward["to"]],
        "refused": [one for one in refused if one is not to_come],
    }


def shown(one: Mapping[str, Any]) -> dict[str, Any]:
    """An entry, with what somebody wrote in it, or where it went."""
    body = one["body"]
    said = next(
        (str(body[k]) for k in ("text", "reason", "note", "to", "person") if body.get(k)), ""
    )
    return {**one, "said": said}
