"""What the forms of an opportunity's tabs choose from and send."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from services.console.views import deal_entries as views


@dataclass
class Form:
    """As a browser sends it: every field may be there more than once."""

    values: dict[str, Sequence[str]]

    def get(self, name: str, default: str = "") -> str:
        found = self.values.get(name)
        return found[0] if found else default

    def all(self, name: str) -> Sequence[str]:
        return self.values.get(name, ())


def form(**fields: str | Sequence[str]) -> Form:
    return Form(
        {
            name.replace("__", "."): (one,) if isinstance(one, str) else one
            for name, one in fields.items()
        }
    )


CATALOG: dict[str, Any] = {
    "meters": {"seats": {"name": {"en": "Users", "ja": "ユーザー"}}, "runs": {}},
    "features": {"core": {}, "sso": {"name": {"en": "SSO", "ja": "SSO"}}},
    "plans": [{"id": "pro", "name": "Pro", "features": ["core"], "extra": {"seats": {}}}],
    "add_ons": [{"id": "pack", "name": {"en": "Pack", "ja": "パック"}}],
}


def test_things_are_named_in_the_readers_language() -> None:
    found = views.things(CATALOG, "ja")
    assert found.meters == [("seats", "ユーザー"), ("runs", "runs")]
    assert found.items == [("pro", "Pro"), ("pack", "パック"), ("seats", "seats")]
    assert (found.named("sso"), found.named("gone")) == ("SSO", "gone")
    assert found.beside("pro") == [("sso", "SSO")]
    assert len(found.beside(None)) == 2
    assert views.things(None, "ja").beside("pro") == []


def test_only_what_was_filled_is_sent() -> None:
    given = form(text=" Yes ", note=" ", features=("a", " ", "b"))
    assert views.told(given, "text", "note", "url") == {"text": "Yes"}
    assert views.chosen(given, "features") == ["a", "b"]


@pytest.mark.parametrize(("typed", "sent"), [("12", 12), ("1.5", "1.5"), ("", ""), ("٣", "٣")])
def test_what_is_no_number_stays_as_typed(typed: str, sent: object) -> None:
    assert views.number(typed) == sent


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ("features.2", "features"),
        ("needs.0.feature", "needs.feature"),
        ("criteria.1.uses", "criteria.1.uses"),
        ("limits.seats", "limits.seats"),
        ("text", "text"),
    ],
)
def test_a_fault_stands_at_its_field(place: str, field: str) -> None:
    assert views.field_of(place) == field
