"""What was found, in groups. Pages and what one may do are found by their names, too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.console.addresses import BASE, of

KINDS = ("account", "contact", "opportunity", "task", "page", "action")
PLACES = {"account": "accounts", "opportunity": "opportunities", "task": "tasks"}
LONGEST = 100
MOST_ACCOUNTS = 5
"""That an action is offered for."""


@dataclass(frozen=True, slots=True)
class Named:
    """A page or an action, and what it is called. `act`: the form of an account's page. `others`:
    what it is called in other languages, for those who type them.
    """

    id: str
    title: str
    page: str
    act: str = ""
    others: tuple[str, ...] = ()

    def is_meant(self, words: str) -> bool:
        return bool(words) and any(
            words.casefold() in one.casefold() for one in (self.title, *self.others)
        )


def words_of(query: Mapping[str, str]) -> str:
    return query.get("q", "").strip()[:LONGEST]


def account_words(words: str, actions: Iterable[Named]) -> str:
    """What is left of "New task Aozora": the account that an action is for; else all of it."""
    for one in actions:
        if one.act and words.casefold().startswith(one.title.casefold()):
            return words[len(one.title) :].strip() or words
    return words


def view(
    words: str,
    answer: Mapping[str, Any] | None,
    pages: Iterable[Named],
    actions: Iterable[Named] = (),
) -> dict[str, Any]:
    """`answer`: of the API's search; None where it is away."""
    hits: list[Mapping[str, Any]] = [] if answer is None else answer["data"]
    accounts = [one for one in hits if one["kind"] == "account"][:MOST_ACCOUNTS]
    found = [_hit(one) for one in hits]
    found += [_named("page", one, one.page) for one in pages if one.is_meant(words)]
    for one in actions:
        found += _acts(words, one, accounts)
    groups = [(kind, [one for one in found if one["kind"] == kind]) for kind in KINDS]
    return {
        "words": words,
        "away": answer is None,
        "groups": [(kind, one) for kind, one in groups if one],
        "near": near(answer),
        "count": len(found),
    }


def near(answer: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Accounts whose names are spelled almost like what was looked for."""
    return [_hit(one) for one in (answer or {}).get("near", ())]


def _acts(words: str, action: Named, accounts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is done for an account is offered for those that were named with it."""
    if action.act and words.casefold().startswith(f"{action.title.casefold()} "):
        form = f"?act={action.act}#{action.act}"
        return [
            _named("action", action, of("accounts", one["id"]) + form, one["title"])
            for one in accounts
        ]
    return [_named("action", action, action.page)] if action.is_meant(words) else []


def _named(kind: str, one: Named, page: str, detail: str = "") -> dict[str, Any]:
    return {"kind": kind, "id": one.id, "title": one.title, "detail": detail, "page": page}


def _hit(hit: Mapping[str, Any]) -> dict[str, Any]:
    place = PLACES.get(hit["kind"])
    page = of(place, hit["id"]) if place else of("accounts", hit["account"])
    return {**hit, "detail": hit["detail"] or "", "page": page}


def page_of(name: str, title: str, *others: str) -> Named:
    """`name` as in its address: `operations/keys`."""
    return Named(name, title, f"{BASE}/{name}", others=others)
