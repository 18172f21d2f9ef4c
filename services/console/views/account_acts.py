"""What the forms of an account begin: a task, an opportunity, a fact."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

FIELDS: Mapping[str, tuple[str, ...]] = {
    "task": ("title", "text", "due_at", "priority"),
    "opportunity": ("to_plan", "note"),
}
SAID = {"task": "begun", "opportunity": "begun", "fact": "fact_sent"}
SOURCE = "/console"


class Form(Protocol):
    def get(self, name: str, default: str = "") -> str: ...


@dataclass(frozen=True, slots=True)
class Act:
    """What is sent where, and as which media type."""

    path: str
    body: Any
    media_type: str = "application/json"


def act(form: Form, account: str, path: str, now: datetime) -> Act | None:
    """None: the form asks for nothing that is known here. `path`: of the account. ValueError: the
    data of a fact are not JSON.
    """
    name = form.get("act")
    if name == "fact":
        return Act("/v1/signals", _fact(form, account, now), "application/cloudevents+json")
    if name not in FIELDS:
        return None
    body = {field: value for field in FIELDS[name] if (value := form.get(field).strip())}
    return Act(f"{path}/{'tasks' if name == 'task' else 'opportunities'}", body)


def _fact(form: Form, account: str, now: datetime) -> dict[str, Any]:
    """Its id is the form's key, so that it counts once however often it is sent."""
    try:
        data = json.loads(form.get("data"))
    except (ValueError, RecursionError):
        raise ValueError("not_json") from None
    return {
        "specversion": "1.0",
        "id": form.get("idempotency_key"),
        "source": SOURCE,
        "type": form.get("type").strip(),
        "subject": account,
        "time": now.isoformat(),
        "data": data,
    }
