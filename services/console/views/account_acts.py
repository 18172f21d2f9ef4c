"""What the forms of an account begin: a task, an opportunity, a fact, a quote."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Protocol

from services.console.addresses import path_part
from services.console.views import facts
from shared.values.periods import zone

FIELDS: Mapping[str, tuple[str, ...]] = {
    "task": ("title", "text", "due_at", "priority"),
    "opportunity": ("to_plan", "note"),
}
SAID = {
    "task": "begun",
    "opportunity": "begun",
    "fact": "fact_sent",
    "fact_form": "fact_sent",
    "quote": "quoted",
    "accept_quote": "accepted",
}


class Unreadable(ValueError):
    """What was typed into a field cannot be sent."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


class Form(Protocol):
    def get(self, name: str, default: str = "") -> str: ...


@dataclass(frozen=True, slots=True)
class Act:
    """What is sent where, and as which media type."""

    path: str
    body: Any
    media_type: str = "application/json"


def act(form: Form, account: str, path: str, now: datetime) -> Act | None:
    """None: the form asks for nothing that is known here. `path`: of the account. Raises
    Unreadable.
    """
    name = form.get("act")
    if name == "fact":
        return _fact(facts.event(form, account, _data(form.get("data").strip()), now))
    if name == "fact_form":
        told = facts.told(form)
        return None if told is None else _fact(facts.event(form, account, told, now))
    if name == "quote":
        return Act(f"{path}/quotes", _quote(form))
    if name == "accept_quote":
        return Act(f"/v1/quotes/{path_part(form.get('quote'))}:accept", None)
    if name not in FIELDS:
        return None
    body = {field: value for field in FIELDS[name] if (value := form.get(field).strip())}
    return Act(f"{path}/{'tasks' if name == 'task' else 'opportunities'}", body)


def _quote(form: Form) -> dict[str, str]:
    """A day begins at midnight where the account is."""
    body = {"plan": form.get("plan"), "mode": form.get("mode") or "second"}
    if not (day := form.get("at").strip()):
        return body
    try:
        there = datetime.combine(date.fromisoformat(day), time(), zone(form.get("time_zone")))
    except ValueError:
        raise Unreadable("at", "not_a_day") from None
    return body | {"at": there.isoformat()}


def _fact(event: dict[str, Any]) -> Act:
    return Act(facts.EVENTS, event, facts.MEDIA_TYPE)


def _data(told: str) -> Any:
    """JSON, or a line for each field: `score: 9`. Raises Unreadable."""
    try:
        if told.startswith(("{", "[")):
            return json.loads(told)
        lines = [line.partition(":") for line in told.splitlines() if line.strip()]
        if not lines or not all(name.strip() and colon for name, colon, _ in lines):
            raise ValueError("is no line of a field")
    except (ValueError, RecursionError):
        raise Unreadable("data", "not_json") from None
    return {name.strip(): _value(value.strip()) for name, _, value in lines}


def _value(told: str) -> Any:
    """A number if it reads as one."""
    try:
        return int(told)
    except ValueError:
        return told
