"""A hand-off to Sales: where it stands, and what Sales get to know."""

from collections.abc import Collection, Mapping
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
ANSWER = frozenset({"manager", "admin"})
"""Who may answer for somebody else."""
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


def view(
    found: Mapping[str, Any],
    typed: Mapping[str, str],
    person: str = "",
    roles: Collection[str] = (),
) -> dict[str, Any]:
    """`person`, `roles`: of the reader; whoever was asked answers, or a manager for them."""
    handoff = found["handoff"]
    asked = bool(handoff) and handoff["state"] == "requested"
    return {
        "handoff": handoff,
        "shape": STATES[handoff["state"]] if handoff else "unknown",
        "waits": asked and (handoff.get("to") == person or bool(ANSWER & set(roles))),
        "may_ask": found["closed_at"] is None
        and (not handoff or handoff["state"] not in ("requested", "accepted")),
        "packet": packet(handoff["packet"], questions(found)) if handoff else [],
        "reasons": REASONS,
        "typed": typed,
    }


def packet(known: Mapping[str, Any], questions: Mapping[str, str]) -> list[dict[str, Any]]:
    """Its parts with their lines; what is missing is said by an empty part. `questions`: key -> in
    the reader's language.
    """
    return [{"name": name, "lines": _lines(name, known.get(name), questions)} for name in PARTS]


def questions(found: Mapping[str, Any]) -> dict[str, str]:
    """Of an opportunity: those of the discovery, and those of its conversation."""
    steps = [one for step in found.get("steps") or () for one in step["questions"]]
    return {one["key"]: one["text"] for one in (*(found.get("discovery") or ()), *steps)}


def _lines(name: str, part: Any, questions: Mapping[str, str]) -> list[dict[str, str]]:
    """Each with a `text`; a `code` stands for words of the page, a `label` is what it answers."""
    if not part:
        return []
    if name == "value":
        return [_line(one) for one in (part.get("value") or {}).get("lines", ())]
    if name == "risks":
        return [_line(str(one)) for found in part.values() for one in found]
    found = [part] if isinstance(part, Mapping) else part
    return [_told(name, one, questions) for one in found]


def _told(name: str, one: Mapping[str, Any], questions: Mapping[str, str]) -> dict[str, str]:
    match name:
        case "needs":
            return _line(one.get("text"), label=one.get("name") or one.get("key"))
        case "answers":
            return _line(one.get("text"), label=questions.get(one["question"], one["question"]))
        case "stakeholders":
            return _line(one.get("name"), f"role.{one.get('role')}")
        case "objections":
            return _line(one.get("text"), f"objection.{one['objection']}")
        case "next_step":
            return _line(one.get("note"), f"step.{one.get('type')}") | {"day": one["due"]}
        case _:
            return _line(one.get("text"))


def _line(text: Any, code: str = "", label: Any = "") -> dict[str, str]:
    return {"text": str(text or ""), "code": code, "label": str(label or ""), "day": ""}
