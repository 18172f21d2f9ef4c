"""A backtest: how far it is, and what it would have sent. Pure."""

from collections.abc import Mapping
from typing import Any

from services.console.addresses import address, of
from services.console.views.catalogue import job, may_write

LISTS = ("only_would", "only_sent", "would", "sent")


def wanted(query: Mapping[str, str]) -> str:
    """Which of the four lists."""
    asked = query.get("list", "")
    return asked if asked in LISTS else LISTS[0]


def view(
    found: Mapping[str, Any],
    asked: str,
    messages: Mapping[str, Any] | None,
    accounts: Mapping[str, Any] | None,
    roles: frozenset[str],
    names: Mapping[str, str],
) -> dict[str, Any]:
    path = of("catalogue", "backtests", found["id"])
    totals = found["totals"]
    return {
        "job": job(found, names),
        "path": path,
        "list": asked,
        "is_over": found["state"] in ("done", "failed"),
        "nothing": found["state"] == "done" and not (totals["only_would"] or totals["only_sent"]),
        "totals": totals,
        "complete": found["complete"],
        "by": [{**one, "threshold": threshold(one["threshold"])} for one in found["by_threshold"]],
        "tabs": [(one, address(path, list=one), one == asked) for one in LISTS],
        "messages": None if messages is None else [_message(one) for one in messages["data"]],
        "next": address(path, list=asked, cursor=messages["next_cursor"]) if messages else "",
        "has_next": bool(messages and messages["next_cursor"]),
        "csv": address(f"{path}/messages.csv", list=asked),
        "accounts": None
        if accounts is None
        else [{**one, "address": of("accounts", one["account"])} for one in accounts["data"]],
        "may_write": may_write(roles),
    }


def _message(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "threshold": threshold(one["threshold"]),
        "address": of("accounts", one["account"]),
    }


def threshold(value: Any) -> str:
    """`95 %`, an amount, or an amount an hour; empty where there is none."""
    match value:
        case None:
            return ""
        case {"at": amount}:
            return f"{amount}"
        case {"per_hour": amount}:
            return f"{amount}/h"
    return f"{value} %"
