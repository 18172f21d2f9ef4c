"""What was found, in groups; pages are found by their names, too."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.console.addresses import BASE, of

KINDS = ("account", "contact", "opportunity", "task", "page")
PLACES = {"account": "accounts", "opportunity": "opportunities", "task": "tasks"}
LONGEST = 100


def words_of(query: Mapping[str, str]) -> str:
    return query.get("q", "").strip()[:LONGEST]


def view(
    words: str, hits: Iterable[Mapping[str, Any]] | None, pages: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """`hits`: None where search is away. `pages`: (name in the address, what it is called)."""
    found = [_hit(one) for one in hits or ()]
    found += [
        {"kind": "page", "id": name, "title": title, "detail": "", "page": f"{BASE}/{name}"}
        for name, title in pages
        if words and words.casefold() in title.casefold()
    ]
    groups = [(kind, [one for one in found if one["kind"] == kind]) for kind in KINDS]
    return {
        "words": words,
        "away": hits is None,
        "groups": [(kind, one) for kind, one in groups if one],
        "count": len(found),
    }


def _hit(hit: Mapping[str, Any]) -> dict[str, Any]:
    place = PLACES.get(hit["kind"])
    page = of(place, hit["id"]) if place else of("accounts", hit["account"])
    return {**hit, "detail": hit["detail"] or "", "page": page}
