"""What happened to an account, in one order; of one kind if it is asked for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.console.addresses import address, of
from services.console.form_values import Typed
from services.console.views import accounts_one

KINDS = ("alert", "decision", "fact", "message", "call", "plan")
MOST = 100
MOST_DEALS = 20
TALKS = ("call", "meeting")
TALKED = ("asset", "reply")
"""Types of entries that may be a talk."""
PLAN_DAYS = timedelta(days=730)


def wanted(query: Mapping[str, str]) -> Typed:
    kind = query.get("kind", "")
    return Typed({"kind": kind} if kind in KINDS else {})


def plan_query(usage: Mapping[str, Any] | None, now: datetime) -> dict[str, str]:
    """Of a history, which tells the changes of plan beside any meter; empty: there is no meter."""
    meters = (usage or {"meters": ()})["meters"]
    begin = (now - PLAN_DAYS).date().isoformat()
    return {"step": "day", "from": begin, "meter": meters[0]["meter"]} if meters else {}


def calls(logs: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """Of logs of opportunities: who talked to the customer, at a meeting or on the telephone.
    `logs`: the opportunity's id -> its entries.
    """
    return [
        {**entry, "opportunity": id}
        for id, entries in (logs or {}).items()
        for entry in entries
        if entry["body"].get("kind") in TALKS or entry["body"].get("channel") == "call"
    ]


def view(account: Mapping[str, Any], asked: Typed, found: Mapping[str, Any]) -> dict[str, Any]:
    """`found`: kind -> the API's answer, None where it is away."""
    page = of("accounts", account["id"], "timeline")
    lists = {kind: found.get(kind) for kind in KINDS}
    return {
        "account": account,
        "account_page": of("accounts", account["id"]),
        "asked": asked,
        "rows": accounts_one.timeline(
            lists["alert"],
            lists["decision"],
            lists["fact"],
            lists["message"],
            MOST,
            plans=lists["plan"],
            calls=calls(lists["call"]),
        ),
        "log_fact": of("accounts", account["id"]) + "?act=fact#fact",
        "away": [kind for kind, one in found.items() if one is None],
        "kinds": [(kind, address(page, kind=kind)) for kind in KINDS],
        "page": page,
    }
