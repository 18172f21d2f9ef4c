from typing import Any

import pytest

from services.console.views.merged_fields import FieldConflict, merge

BEFORE: dict[str, Any] = {"name": "Kato", "email": None, "roles": ["csm"]}


@pytest.mark.parametrize(
    ("yours", "theirs", "merged"),
    [
        ({"name": "K"}, {"email": "k@example.com"}, {"name": "K", "email": "k@example.com"}),
        ({"name": "K"}, {"name": "K"}, {"name": "K"}),
        ({}, {"roles": ["sales"]}, {"roles": ["sales"]}),
        ({"roles": []}, {}, {"roles": []}),
    ],
)
def test_what_one_side_touched_is_taken_from_it(
    yours: dict[str, Any], theirs: dict[str, Any], merged: dict[str, Any]
) -> None:
    found = merge(BEFORE, BEFORE | yours, BEFORE | theirs | {"id": "u7"})
    assert (found.fields, found.conflicts) == (BEFORE | merged, ())


def test_what_both_touched_is_yours_and_shown() -> None:
    found = merge(BEFORE, BEFORE | {"name": "A"}, BEFORE | {"name": "B"})
    assert found.fields["name"] == "A"
    assert found.conflicts == (FieldConflict("name", "Kato", "A", "B"),)


def test_without_what_was_there_before_every_difference_is_shown() -> None:
    found = merge({}, BEFORE | {"name": "A"}, BEFORE)
    assert found.conflicts == (FieldConflict("name", None, "A", "Kato"),)
