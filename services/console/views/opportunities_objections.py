"""What speaks against the deal, what was answered, and what became of it; answers prepared."""

from collections.abc import Mapping
from typing import Any

from services.console.views.deal_entries import Form, chosen, told

OBJECTIONS = ("too_expensive", "wait_renewal", "unsure_need", "budget_process", "other_tools")
NONE = "none"
CHANNELS = ("call", "email")
RESULTS = ("resolved", "unresolved")
GOAL = "goal.quarter"
"""The question whose answer the pack of `unsure_need` may lack."""
_WANTS = "other_tools"


def entry(form: Form) -> dict[str, Any] | None:
    match form.get("act"):
        case "objection":
            return {"type": "objection", **told(form, "objection", "text"), **_wanted(form)}
        case "reply":
            contacts = chosen(form, "contacts")
            given = told(form, "objection", "channel")
            return {"type": "reply", **given, **({"contacts": contacts} if contacts else {})}
        case "outcome":
            return {"type": "outcome", **told(form, "objection", "result")}
        case "answer":
            return {"type": "answer", "question": GOAL, **told(form, "text", "said_by")}
    return None


def _wanted(form: Form) -> dict[str, Any]:
    """Features by id, known here or not, with commas between."""
    if form.get("objection") != _WANTS:
        return {}
    named = [one.strip() for one in form.get("wanted").replace("、", ",").split(",")]
    found = [one for one in named if one]
    return {"wanted": found} if found else {}


def view(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "raised": [_raised(one) for one in found["objections"]],
        "packs": [{**one, "lacks_goal": "goal" in one["missing"]} for one in found["packs"]],
        "objections": OBJECTIONS,
        "channels": CHANNELS,
        "results": RESULTS,
    }


def _raised(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "is_open": one["state"] in ("raised", "answered")}
