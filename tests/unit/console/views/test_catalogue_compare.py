"""Which two versions are compared."""

import pytest

from services.console.views.catalogue_compare import Wanted, view, wanted


@pytest.mark.parametrize(
    ("query", "known", "pair"),
    [
        ({}, [3, 2, 1], Wanted(2, 3)),
        ({"b": "2"}, [3, 2, 1], Wanted(3, 2)),
        ({"a": "1", "b": "2"}, [3, 2, 1], Wanted(1, 2)),
        ({"a": "x", "b": "-1"}, [3], Wanted(3, 3)),
        ({"a": "9" * 12}, [3, 1], Wanted(1, 3)),
        ({}, [], Wanted(0, 0)),
    ],
)
def test_what_is_not_said_is_the_one_in_force_and_the_one_before(
    query: dict[str, str], known: list[int], pair: Wanted
) -> None:
    assert wanted(query, known) == pair


def test_one_that_is_not_on_the_first_page_can_be_chosen_too() -> None:
    affected = {"accounts": 0, "at_once": 0, "plans": [], "meters": []}
    others = {"total": 0, "changes": []}
    same = {"same": True, "groups": [], "others": others, "affected": affected}
    found = view(Wanted(1, 3), same, None, [3, 2], "en")
    assert [value for value, _ in found["versions"]] == ["3", "2", "1"]
    assert found["found"]["same"] is True
