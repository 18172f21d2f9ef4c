"""What ids are called: plans, add-ons, features and meters of the catalogue in force, and persons.

Pages show names and keep ids for scripts; what is not known by a name is shown by its id. What they
are learned from is also what pages offer to choose from: it is the same for everybody who may read.
"""

import time
from collections.abc import Mapping
from typing import Any

from shared.runtime.context import Context

FRESH_SECONDS = 10.0
CATALOG, PEOPLE = "/v1/catalog", "/v1/people"
GROUPS = ("plans", "add_ons", "features", "meters", "people")
Named = Mapping[str, Mapping[str, Any]]


class Names:
    """One per process. `known`: group -> id -> the name, in one or in several languages.
    `whole_seconds`: for how long the answers serve as they came.
    """

    def __init__(self, _context: Context | None = None) -> None:
        self.known: Named = {}
        self.whole_seconds = FRESH_SECONDS
        self._asked_at: float | None = None
        self._whole: dict[str, tuple[float, Any]] = {}

    def forget(self) -> None:
        """Somebody has changed them here: they are asked for anew."""
        self._asked_at = None
        self._whole.clear()

    def whole(self, path: str) -> Any:
        """The answer as it came, which nobody may change; None if there is none that is fresh."""
        at, found = self._whole.get(path, (0.0, None))
        return found if time.monotonic() - at < self.whole_seconds else None

    def claim(self) -> bool:
        """Whether it is time to ask again; the others go on with what is known."""
        now = time.monotonic()
        if self._asked_at is not None and now - self._asked_at < FRESH_SECONDS:
            return False
        self._asked_at = now
        return True

    def learn(self, catalog: Any, people: Any) -> None:
        """Answers of the API; what is away keeps the names that it had."""
        found, now = dict(self.known), time.monotonic()
        self._whole |= {
            path: (now, body)
            for path, body in ((CATALOG, catalog), (PEOPLE, people))
            if body is not None
        }
        if catalog is not None:
            found |= {group: _names(catalog.get(group) or {}) for group in GROUPS[:-1]}
        if people is not None:
            found["people"] = _names(people["data"])
        self.known = found

    def name(self, id: Any, language: str, group: str = "") -> str:
        """The name in this language, with a capital letter; the id if there is none. `group`: where
        to look first.
        """
        for one in (group, *GROUPS):
            if found := self.known.get(one, {}).get(str(id)):
                name = found.get(language) if isinstance(found, Mapping) else found
                return capital(str(name or id))
        return "–" if id in (None, "") else str(id)


def _names(found: Any) -> dict[str, Any]:
    listed = found if isinstance(found, list) else [{"id": id, **found[id]} for id in found]
    return {one["id"]: one["name"] for one in listed if one.get("name")}


def capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def persons(answer: Mapping[str, Any] | None, role: str = "") -> list[tuple[str, str]]:
    """(id, name) of those that a form can offer: active ones, with this role if one is named.
    `answer`: of `GET /v1/people`; None where it is away.
    """
    return [
        (one["id"], one["name"])
        for one in (answer or {"data": ()})["data"]
        if one.get("active", True) and (not role or role in one["roles"])
    ]
