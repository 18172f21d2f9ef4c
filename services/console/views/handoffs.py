"""The inbox of Sales: who waits for an answer, until when."""

from collections.abc import Mapping
from typing import Any

from services.console.addresses import address, of
from services.console.form_values import Typed
from services.console.views import tasks_one

PATH = "/console/handoffs"
REASON = "handoff"
STATES = ("waiting", "all")


def wanted(query: Mapping[str, str]) -> Typed:
    state, who = query.get("state", ""), query.get("who", "")
    found = {"state": state if state == "all" else "", "who": who if who != "me" else ""}
    return Typed({name: value for name, value in found.items() if value})


def query(asked: Mapping[str, str], person: str) -> dict[str, Any]:
    who = asked.get("who", "me")
    return {
        "reason": REASON,
        "owner": {"me": person, "all": None}.get(who, who),
        "open": None if asked.get("state") == "all" else True,
        "sort": "due",
        "total": True,
    }


def view(asked: Mapping[str, str], answer: Mapping[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        return {"asked": asked, "away": True, "rows": [], "total": 0, "next": ""}
    following = answer["next_cursor"]
    return {
        "asked": asked,
        "away": False,
        "rows": [row(one) for one in answer["data"]],
        "total": answer["total"],
        "next": address(PATH, asked, cursor=following) if following else "",
    }


def row(task: Mapping[str, Any]) -> dict[str, Any]:
    deal = task["opportunity"]
    return {
        **tasks_one.row(task),
        "page": of("handoffs", deal) if deal else of("tasks", task["id"]),
    }
