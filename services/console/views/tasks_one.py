"""A task: in a list, and on its own page."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.console.addresses import of
from shared.wording.texts.tasks import NONE

LINES = ("happened", "why_now", "say", "do_not_say", "next_step")
SHAPES = {"high": "act", "medium": "watch", "low": "unknown"}
OUTCOMES = ("success", "no_success", "invalid")
STATES = {
    "open": "unknown",
    "in_progress": "watch",
    "snoozed": "unknown",
    "closed_success": "good",
    "closed_no_success": "unknown",
    "closed_invalid": "unknown",
}


def row(task: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **task,
        "account_name": task.get("account_name") or task["account"],
        "address": of("tasks", task["id"]),
        "account_address": of("accounts", task["account"]),
        "shape": SHAPES[task["priority"]],
        "state_shape": STATES[task["state"]],
        "is_closed": task["closed_at"] is not None,
    }


def view(
    task: Mapping[str, Any],
    entries: Sequence[Mapping[str, Any]] | None,
    following: Mapping[str, Any] | None,
    typed: Mapping[str, str],
    appended: Sequence[Mapping[str, Any]] = (),
    say: str = "",
) -> dict[str, Any]:
    """`entries`: None where they are away. `following`: the next task of the same person. `typed`:
    what a refused form had. `appended`: what somebody else wrote since the form was filled. `say`:
    what to say, in the customer's language.
    """
    lines = {**task["lines"], **({"say": say} if say else {})}
    nothing = (NONE.ja, NONE.en)
    others = None if following is None else [x for x in following["data"] if x["id"] != task["id"]]
    return {
        "task": row(task),
        "copies": bool(lines["say"]) and lines["say"] not in nothing,
        "lines": [(name, line) for name in LINES if (line := lines[name])],
        "entries": None if entries is None else [_entry(one) for one in entries],
        "next": of("tasks", others[0]["id"]) if others else "",
        "typed": typed,
        "appended": [_entry(one) for one in appended],
        "outcomes": OUTCOMES,
        "opportunity": of("opportunities", task["opportunity"]) if task["opportunity"] else "",
        "decision": of("decisions", task["decision"]) if task["decision"] else "",
    }


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """With what somebody wrote in it, whichever field it is in."""
    body = entry["body"]
    said = next((body[name] for name in ("text", "reason", "outcome") if body.get(name)), "")
    return {**entry, "said": said}
