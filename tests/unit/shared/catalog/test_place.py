"""A value of a document with its place: every fault is noted, none twice."""

from decimal import Decimal
from typing import Any

import pytest

from shared.catalog.place import LONGEST_ID, LONGEST_TEXT, MOST_FAULTS, Place, hint, is_identifier
from shared.values.faults import Fault


def place(value: Any) -> Place:
    return Place(value, "", [])


def reasons(found: Place) -> list[tuple[str, str]]:
    return [(fault.path, fault.reason) for fault in found.faults]


def test_missing_and_unknown_keys_are_noted_together() -> None:
    found = place({"ratee": 1, "a/b": 2})
    assert found.fields(required=("rate",), optional=("name",)) == {}
    assert reasons(found) == [
        ("/ratee", "unknown key" + hint("ratee", ["rate", "name"])),
        ("/a~1b", "unknown key"),
        ("/rate", "is required"),
    ]


def test_what_is_no_mapping_and_no_list_is_one_fault() -> None:
    found = place(5)
    assert found.fields(required=("rate",)) == {}
    assert found.items() == []
    assert reasons(found) == [("", "must be a mapping"), ("", "must be a list")]


@pytest.mark.parametrize(
    ("value", "length"),
    [("x", 1), ("x" * LONGEST_TEXT, LONGEST_TEXT), ("", 0), (" ", 0), ("x" * 5000, 0), (5, 0)],
)
def test_text_has_a_character_and_an_end(value: Any, length: int) -> None:
    found = place(value)
    assert len(found.text()) == length
    assert bool(found.faults) == (length == 0)


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("a", True),
        ("a" * LONGEST_ID, True),
        ("プラン", True),
        ("a" * (LONGEST_ID + 1), False),
        ("", False),
        ("a/b", False),
        (" a", False),
        ("a\n", False),
        (1, False),
    ],
)
def test_an_identifier_fits_a_path(value: Any, is_one: bool) -> None:
    assert is_identifier(value) is is_one
    found = place(value)
    assert found.identifier() == (value if is_one else "")
    assert bool(found.faults) is not is_one


def test_numbers_are_within_both_ends_and_true_is_none() -> None:
    for value, whole in ((1, 1), (3, 3), (0, 1), (4, 1), (True, 1), ("2", 1), (Decimal("1.5"), 1)):
        assert place(value).whole(1, 3) == whole
    for value, number in ((Decimal("1.5"), "1.5"), (3, "3"), (Decimal("NaN"), "1"), (True, "1")):
        assert place(value).number(1, 3) == Decimal(number)


def test_a_value_is_held_exactly() -> None:
    found = place({"flag": True, "count": 1})
    assert found.holds("flag", True)
    assert not found.holds("count", True)
    assert not found.holds("count", Decimal(1))
    assert found.lacks("other")
    assert not place([]).lacks("other")


def test_a_choice_falls_back_on_the_first_and_notes_it() -> None:
    found = place("sales")
    assert found.choice(("self_serve", "sales_assisted")) == "self_serve"
    assert reasons(found)[0][1].startswith("must be one of self_serve, sales_assisted")


def test_faults_end_at_their_limit() -> None:
    found = place({str(number): 1 for number in range(MOST_FAULTS + 10)})
    found.fields(required=())
    assert len(found.faults) == MOST_FAULTS
    assert found.is_full


def test_a_reader_that_refuses_says_why() -> None:
    def refuse(_value: object) -> Fault:
        raise ValueError("must be even")

    found, instead = place(3), Fault("", "")
    assert found.reading(refuse, instead) is instead
    assert reasons(found) == [("", "must be even")]
