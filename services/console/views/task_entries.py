"""What the forms of a task append: `act` of the form -> the body of an entry."""

from typing import Any, Protocol

ACTS = ("start", "close", "snooze", "wake", "assign", "due", "note")
SAID = {
    "start": "started",
    "close": "closed",
    "snooze": "snoozed",
    "wake": "woken",
    "assign": "assigned",
    "due": "moved",
    "note": "noted",
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


def _given(form: Form, **fields: str) -> dict[str, str]:
    return {name: value for name, field in fields.items() if (value := form.get(field).strip())}
