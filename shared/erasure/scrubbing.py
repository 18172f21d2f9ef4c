"""Removes what names an erased person from stored JSON. Pure. Ids become an alias, so that events
still count for one person; names and addresses are masked; what they wrote is deleted.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.erasure.tombstones import contact_hash

CROSSED_OUT: Final = "[erased]"
_BY: Final = frozenset({"contact", "said_by", "user"})
"""Fields that hold the id of a contact."""
_LISTS: Final = frozenset(
    {"contacts", "users", "recipients", "active_users", "opted_out", "refused"}
)
"""Fields that hold several such ids."""
_WRITTEN: Final = frozenset({"comment", "text", "reason", "activity"})
"""Free text of the person who stated a fact."""
_CODED: Final = frozenset(
    {
        "action", "add_on", "add_ons", "answer", "assumed", "basis", "cause", "channel", "class",
        "cls", "criterion", "currency", "customer_benefit", "enforcement", "feature", "features",
        "framework", "from", "from_plan", "gate", "health", "hours_basis", "hours_period",
        "interval", "key", "kind", "lang", "locale", "meter", "meters", "objection", "outcome",
        "owner", "person", "plan", "plans", "priority", "product_gap", "purchase", "purpose",
        "question", "reasons", "relationship", "reset", "resolution", "result", "role",
        "scenario", "scenarios", "severity", "signals", "signed_by", "solves", "specversion",
        "standing", "state", "status", "to", "to_plan", "type", "unit", "verdict", "wanted",
    }
)  # fmt: skip
"""Fields that hold product terms or catalogue ids, which rules read: a contact may be named
`Support`, `Pro` or `No`.
"""
_ACCOUNT: Final = frozenset({"subject", "account", "id"})
_NAMING: Final = _BY | _LISTS | _WRITTEN | {"name", "email"}
_CODE: Final = re.compile(r"[a-z0-9]+(?:[_.:-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Person:
    """`words`: name and address, as far as they are known."""

    account: str
    contact: str
    words: tuple[str, ...] = ()

    @property
    def alias(self) -> str:
        return f"erased-{contact_hash(self.account, self.contact).hex()[:12]}"

    @property
    def needles(self) -> list[str]:
        """Lower-case texts of which stored JSON contains at least one if it names them."""
        return sorted(
            {
                json.dumps(word.lower(), ensure_ascii=False)[1:-1]
                for word in (self.contact, *self.words)
            }
        )


def scrubbed(tree: Any, person: Person, theirs: Collection[str] = ()) -> Any:
    """Returns the same tree if it does not name them. `theirs`: keys of the facts that this person
    stated, as a record remembers them.
    """
    return _Scrubbing(person, theirs).of(tree, "")


def is_by(data: Any, contact: str) -> bool:
    """Whether a fact's data, or a remembered entry, comes from this person."""
    return isinstance(data, Mapping) and any(data.get(name) == contact for name in _BY)


class _Scrubbing:
    def __init__(self, person: Person, theirs: Collection[str]) -> None:
        self._person = person
        self._theirs = theirs
        self._pattern = re.compile(
            "|".join(map(_pattern, sorted(person.words, key=len, reverse=True))) or r"(?!)",
            re.IGNORECASE,
        )

    def text(self, text: str) -> str:
        return self._pattern.sub(CROSSED_OUT, text)

    def of(self, tree: Any, name: str) -> Any:
        match tree:
            case str():
                if (name in _CODED and _CODE.fullmatch(tree)) or (
                    name in _ACCOUNT and tree == self._person.account
                ):
                    return tree
                return (
                    self._person.alias
                    if name in _BY | _LISTS and tree == self._person.contact
                    else self.text(tree)
                )
            case Mapping():
                return self._mapping(tree, name)
            case list() | tuple():
                return [self.of(one, name) for one in tree]
        return tree

    def _mapping(self, tree: Mapping[str, Any], name: str) -> dict[str, Any]:
        own = is_by(tree, self._person.contact) or tree.get("key") in self._theirs
        found = {}
        for key, value in tree.items():
            if own and key in _WRITTEN:
                found[key] = _without_words(value)
                continue
            if name in _LISTS:
                kept = self._person.alias if key == self._person.contact else self.text(key)
                found[kept] = self.of(value, key if key in _BY else name)
            else:
                found[key] = self.of(value, _field(key, name))
        return found


def _field(key: str, outer: str) -> str:
    """A value inside an object of codes is a code too, `reset: {calls: month}`, unless it is a
    person's name.
    """
    return outer if outer in _CODED and key not in _NAMING else key


def _without_words(value: Any) -> Any:
    """Required fields stay, without content."""
    match value:
        case str():
            return ""
        case Mapping():
            return {key: _without_words(one) for key, one in value.items()}
    return value


def _pattern(word: str) -> str:
    """A name in Latin letters matches whole words only: "Li" is not in "limit"."""
    edges = [r"\b" if word[end].isascii() and word[end].isalnum() else "" for end in (0, -1)]
    return f"{edges[0]}{re.escape(word)}{edges[1]}"
