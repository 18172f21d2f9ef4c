"""The five first steps, each with the page on which it is done."""

from collections.abc import Mapping
from typing import Any

PAGES = {
    1: "/console/help",
    2: "/console/accounts",
    3: "/console/catalogue",
    4: "/console/operations/channels",
    5: "/console/operations/people",
}


def view(answer: Mapping[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        return {"away": True, "items": [], "done": 0}
    return {
        "away": False,
        "done": answer["done"],
        "items": [{**one, "page": PAGES.get(one["n"], "")} for one in answer["items"]],
    }
