"""What the forms of a task append: `act` of the form -> the body of an entry."""

from collections.abc import Mapping
from typing import Any, Protocol

ACTS = ("start", "close", "snooze", "wake", "assign", "due", "note", "call")
SAID = {
    "start": "started",
    "close": "closed",
    "snooze": "snoozed",
    "wake": "woken",
    "assign": "assigned",
    "due": "moved",
    "note": "noted",
    "call": "called",
}
"""What is announced once it is done."""


class Form(Protocol):
    def get(self, name: str, default: str = "") -> str: ...


def entry(form: Form) -> dict[str, Any] | None:
    """None: the form asks for nothing that is known here. Empty fields are left to the API, which
    says what is missing.
    """
    act = form.get("act")
    made: dict[str, Any]
    match act:
        case "start" | "wake":
            made = {}
        case "close":
            made = _given(form, outcome="outcome", text="text")
        case "snooze":
            made = _given(form, until="until", reason="reason")
        case "due":
            made = _given(form, due_at="due_at")
        case "assign":
            made = _given(form, person="person")
        case "note":
            made = _given(form, text="text")
        case _:
            return None
    return {"type": "owner" if act == "assign" else act, **made}


def call(form: Form) -> dict[str, Any] | None:
    """A telephone call, as an opportunity records it; None: the form is for something else."""
    if form.get("act") != "call":
        return None
    return {"type": "asset", "kind": "call", **_given(form, title="title", held_on="held_on")}


def noted_call(called: Mapping[str, str], word: str) -> dict[str, str]:
    """The same of a task without an opportunity to record it: a note. `word`: for a call."""
    told = [called.get("title", ""), called.get("held_on", "")]
    return {"type": "note", "text": f"{word}: {' · '.join(one for one in told if one)}"}


def _given(form: Form, **fields: str) -> dict[str, str]:
    return {name: value for name, field in fields.items() if (value := form.get(field).strip())}
