"""Versions of the catalogue, and the backtests of late. Pure."""

from collections.abc import Mapping
from typing import Any

from services.console.addresses import address, of

PATH = "/console/catalogue"
WRITERS = frozenset({"planner", "admin"})
SHAPES = {"queued": "unknown", "running": "watch", "done": "good", "failed": "act"}


def may_write(roles: frozenset[str]) -> bool:
    """Who may apply a catalogue and run backtests; the API decides."""
    return not roles.isdisjoint(WRITERS)


def view(
    versions: Mapping[str, Any],
    backtests: Mapping[str, Any] | None,
    roles: frozenset[str],
    is_first_page: bool,
    names: Mapping[str, str],
) -> dict[str, Any]:
    """`versions`: as `GET /v1/catalogs` has them; the first of all is in force."""
    listed = versions["data"]
    rows = [
        {
            **one,
            "address": of("catalogue", str(one["version"])),
            "in_force": is_first_page and place == 0,
            "by": author(one["applied_by"], names),
            "compare": address(f"{PATH}/compare", a=listed[place + 1]["version"], b=one["version"])
            if place + 1 < len(listed)
            else "",
        }
        for place, one in enumerate(listed)
    ]
    return {
        "rows": rows,
        "next": address(PATH, cursor=versions["next_cursor"]),
        "has_next": versions["next_cursor"] is not None,
        "jobs": None if backtests is None else [job(one, names) for one in backtests["data"]],
        "may_write": may_write(roles),
        "edit": f"{PATH}/edit",
        "first": address(f"{PATH}/edit", {"from": "demo"}),
    }


def author(by: Mapping[str, str] | None, names: Mapping[str, str]) -> str:
    """The name of a person, else what the API calls them; empty if it is not known."""
    if by is None:
        return ""
    return names.get(by["id"], by["id"]) if by["kind"] == "person" else by["id"]


def names_of(people: Mapping[str, Any] | None) -> dict[str, str]:
    return {one["id"]: one["name"] for one in people["data"]} if people else {}


def job(one: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A backtest in a list."""
    return {
        **one,
        "address": of("catalogue", "backtests", one["id"]),
        "shape": SHAPES[one["state"]],
        "by": author(one["asked_by"], names),
        "percent": int(one["progress"] * 100),
    }
