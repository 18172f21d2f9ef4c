"""What the forms of an opportunity's tabs send, and what they offer to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Choices = list[tuple[str, str]]
"""(value, words) pairs."""


class Form(Protocol):
    def get(self, name: str, default: str = "") -> str: ...

    def all(self, name: str) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Things:
    """What the catalogue names, in the reader's language; empty while it is away. `items`: what
    a line can be about; `plans`: plan -> its features.
    """

    features: Choices = field(default_factory=list)
    meters: Choices = field(default_factory=list)
    items: Choices = field(default_factory=list)
    plans: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def named(self, id: str) -> str:
        """A feature or a meter; its id where the catalogue does not know it any more."""
        return dict((*self.features, *self.meters)).get(id, id)

    def beside(self, plan: str | None) -> Choices:
        """The features that this plan does not have."""
        own = self.plans.get(plan or "", ())
        return [(id, name) for id, name in self.features if id not in own]


def things(catalog: Mapping[str, Any] | None, language: str) -> Things:
    if catalog is None:
        return Things()
    return Things(
        _named(catalog.get("features") or {}, language),
        _named(catalog["meters"], language),
        [
            *_named(catalog["plans"], language),
            *_named(catalog.get("add_ons") or {}, language),
            *_named(_extras(catalog["plans"]), language),
        ],
        {one["id"]: one.get("features") or () for one in catalog["plans"]},
    )


def _extras(plans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The meters of which plans sell more units."""
    return {id: {} for one in plans for id in one.get("extra") or ()}


def _named(found: Mapping[str, Any] | Sequence[Any], language: str) -> Choices:
    if not isinstance(found, Mapping):
        found = {one["id"]: one for one in found}
    return [(id, _name(id, one.get("name"), language)) for id, one in found.items()]


def _name(id: str, name: Any, language: str) -> str:
    return str(name[language] if isinstance(name, Mapping) else name or id)


def told(form: Form, *names: str) -> dict[str, Any]:
    """Those that were filled, named as in the API."""
    return {name: value for name in names if (value := form.get(name).strip())}


def number(text: str) -> int | str:
    """What is no whole number stays as it was typed: the API says so."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else text


def chosen(form: Form, name: str) -> list[str]:
    """Of a field that may be there more than once."""
    return [one.strip() for one in form.all(name) if one.strip()]


_GROUPS = ("features", "contacts", "wanted", "information")
_BY_KIND = ("needs",)


def field_of(place: str) -> str:
    """The form's field for a place in the body: the third of the chosen features is `features`,
    a feature among the needs `needs.feature`.
    """
    first, _, rest = place.partition(".")
    number, _, kind = rest.partition(".")
    if first in _GROUPS and number.isdecimal():
        return first
    return f"{first}.{kind}" if first in _BY_KIND and kind else place
