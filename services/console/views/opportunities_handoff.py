"""A hand-off to Sales: where it stands, and what Sales get to know."""

from collections.abc import Mapping
from typing import Any, Protocol

STATES = {
    "requested": "watch",
    "accepted": "good",
    "rejected": "act",
    "timed_out": "act",
    "withdrawn": "unknown",
    "returned": "unknown",
}
REASONS = ("not_qualified", "incomplete", "wrong_owner", "no_capacity", "other")
PARTS = ("needs", "answers", "stakeholders", "value", "objections", "next_step", "notes", "risks")
SAID = {"request": "requested", "accept": "accepted", "reject": "rejected"}
FIELDS = {"request": ("to", "note"), "accept": (), "reject": ("reason", "text")}


class Form(Protocol):
    def get(self, name: str, default: str = "") -> str: ...


def entry(form: Form) -> dict[str, str] | None:
    """None: the form asks for nothing that is known here."""
    action = form.get("action")
    if action not in FIELDS:
        return None
    told = {name: value for name in FIELDS[action] if (value := form.get(name).strip())}
    return {"type": "handoff", "action": action, **told}


def view(found: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    handoff = found["handoff"]
    return {
        "handoff": handoff,
        "shape": STATES[handoff["state"]] if handoff else "unknown",
        "waits": bool(handoff) and handoff["state"] == "requested",
        "may_ask": found["closed_at"] is None
        and (not handoff or handoff["state"] not in ("requested", "accepted")),
        "packet": packet(handoff["packet"]) if handoff else [],
        "reasons": REASONS,
        "typed": typed,
    }


def packet(known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Its parts with lines of text; what is missing is said by an empty part."""
    return [{"name": name, "lines": _lines(name, known.get(name))} for name in PARTS]


def _lines(name: str, part: Any) -> list[str]:
    if not part:
        return []
    if isinstance(part, Mapping):
        return [_line(name, part)]
    return [_line(name, one) if isinstance(one, Mapping) else str(one) for one in part]


def _line(name: str, one: Mapping[str, Any]) -> str:
    match name:
        case "needs":
            told = [one.get("name") or one.get("key"), one.get("text")]
        case "answers":
            told = [one.get("question"), one.get("text")]
        case "stakeholders":
            told = [one.get("name"), one.get("note")]
        case "objections":
            told = [one.get("objection"), one.get("text")]
        case "next_step":
            told = [one.get("due"), one.get("note")]
        case "notes":
            told = [one.get("text")]
        case _:
            told = [value for value in one.values() if isinstance(value, str | int)]
    return " · ".join(str(part) for part in told if part)
