"""Who did what, before and after."""

import json
from collections.abc import Mapping
from typing import Any

from services.console.addresses import address
from services.console.form_values import Typed

PATH = "/console/operations/audit"
FILTERS = ("who", "what", "from", "to")


def wanted(query: Mapping[str, str]) -> Typed:
    found = {name: query.get(name, "").strip()[:256] for name in FILTERS}
    return Typed({name: value for name, value in found.items() if value})


def view(asked: Mapping[str, str], answer: Mapping[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        return {"asked": asked, "away": True, "rows": [], "next": "", "csv": ""}
    following = answer["next_cursor"]
    return {
        "asked": asked,
        "away": False,
        "rows": [
            {**one, "was": _text(one["before"]), "now": _text(one["after"])}
            for one in answer["data"]
        ],
        "next": address(PATH, asked, cursor=following) if following else "",
        "csv": address(PATH, asked, format="csv"),
    }


def _text(state: Any) -> str:
    return "" if state is None else json.dumps(state, ensure_ascii=False, indent=1, default=str)
