"""All accounts: what is asked for, and the rows."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from services.console.addresses import address, of
from services.console.form_values import Typed
from services.console.views.accounts_one import BANDS
from shared.values.characters import is_storable

PATH = "/console/accounts"
FILTERS = ("q", "csm", "plan", "segment", "band", "near", "target", "sort")
SORTS = (
    "name",
    "plan",
    "near_percent",
    "score",
    "loyalty",
    "renewal_date",
    "csm",
    "arr",
    "open_tasks",
)
"""Columns that can be sorted by, in their order."""
HIGHEST_FIRST = frozenset({"near_percent", "score", "loyalty", "arr", "open_tasks"})
COUNTED = 10_000
TARGETS = {"target": "true", "sort": "-near_percent"}
"""The list that everybody has: accounts to approach about an upgrade."""
MOST_VIEWS = 50
_LONGEST_NAME = 80


def wanted(query: Mapping[str, str]) -> Typed:
    """The list's whole state, without what is empty; a page of it has a cursor, too."""
    found = {name: query.get(name, "").strip()[:100] for name in FILTERS}
    return Typed({name: value for name, value in found.items() if value})


def view_name(told: str) -> str:
    """Of a list that is saved. ValueError: why it cannot be called so."""
    name = " ".join(told.split())
    if not name:
        raise ValueError("is missing")
    if len(name) > _LONGEST_NAME:
        raise ValueError("too_long")
    if not is_storable(name):
        raise ValueError("unreadable")
    return name


def view_address(told: str) -> str:
    """The list of this address, however it was sent: no other page, and no page of the list."""
    return address(PATH, wanted(query_of(told)))


def query_of(told: str) -> dict[str, str]:
    """Of an address; empty if it cannot be read."""
    try:
        return dict(parse_qsl(urlsplit(told).query, max_num_fields=50))
    except ValueError:
        return {}


def view(asked: Mapping[str, str], answer: Mapping[str, Any], cursor: str) -> dict[str, Any]:
    following = answer["next_cursor"]
    return {
        "rows": [row(one) for one in answer["data"]],
        "total": answer["total"],
        "more": answer["total"] > COUNTED,
        "asked": asked,
        "here": address(PATH, asked),
        "columns": [column(name, asked) for name in SORTS],
        "next": address(PATH, asked, cursor=following) if following else "",
        "is_first": not cursor,
        "is_filtered": any(name != "sort" for name in asked),
        "clear": address(PATH, {"sort": asked.get("sort", "")}),
        "csv": address(PATH, asked, format="csv"),
        "as_of": min((one["as_of"] for one in answer["data"]), default=""),
    }


def row(account: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **account,
        "page": of("accounts", account["account"]),
        "band_shape": BANDS.get(account["band"], "unknown"),
    }


def column(name: str, asked: Mapping[str, str]) -> dict[str, str]:
    """Its heading sorts by it, and the other way round the second time."""
    now = asked.get("sort", "")
    first = f"-{name}" if name in HIGHEST_FIRST else name
    second = name if first.startswith("-") else f"-{name}"
    direction = {name: "ascending", f"-{name}": "descending"}.get(now, "none")
    return {
        "name": name,
        "address": address(PATH, {**asked, "sort": second if now == first else first}),
        "direction": direction,
    }
