"""What is kept of a change: the fields that differ, and never too much."""

from decimal import Decimal
from typing import Any

from shared.audit.difference import MOST_BYTES, difference
from shared.values.quantities import dumps


def test_only_what_differs_is_kept() -> None:
    before = {"name": "Aozora", "country": "JP", "limit": Decimal("1.10")}
    after = {"name": "Aozora", "country": "US", "limit": Decimal("1.1"), "segment": "smb"}
    assert difference(before, after) == (
        {"country": "JP", "segment": None},
        {"country": "US", "segment": "smb"},
    )
    assert difference(before, dict(before)) == ({}, {})


def test_what_is_new_or_gone_is_kept_whole() -> None:
    thing = {"name": "Aozora", "contacts": []}
    assert difference(None, thing) == (None, thing)
    assert difference(thing, None) == (thing, None)
    assert difference(None, None) == (None, None)


def test_of_things_with_ids_those_that_differ_are_kept() -> None:
    def contacts(**roles: str) -> dict[str, Any]:
        return {"contacts": [{"id": id, "role": role} for id, role in roles.items()]}

    before, after = contacts(a="owner", b="member", c="member"), contacts(a="owner", b="admin")
    assert difference(before, after) == (
        {"contacts": [{"id": "b", "role": "member"}, {"id": "c", "role": "member"}]},
        {"contacts": [{"id": "b", "role": "admin"}]},
    )


def test_lists_of_anything_else_are_kept_as_they_are() -> None:
    assert difference({"roles": ["csm"]}, {"roles": ["csm", "manager"]}) == (
        {"roles": ["csm"]},
        {"roles": ["csm", "manager"]},
    )


def test_long_texts_and_lists_are_cut() -> None:
    _, after = difference(None, {"text": "a" * 501, "many": list(range(1_000)), "set": {1}})
    assert after is not None
    assert after["text"] == "a" * 500 + "…"
    assert len(after["many"]) == 100
    assert after["set"] == [1]


def test_what_is_still_too_long_is_told_by_the_names_of_its_fields() -> None:
    fields = {f"f{n}": ["青" * 500] * 100 for n in range(1_000)}
    before, after = difference(fields, {})
    assert before is not None
    assert before["omitted"][:2] == ["f0", "f1"]
    assert len(dumps(before)) <= MOST_BYTES
    assert after is not None
    assert len(dumps(after)) <= MOST_BYTES
