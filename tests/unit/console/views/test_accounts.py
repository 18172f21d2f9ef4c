"""The list of accounts: its state is its address."""

from typing import Any

import pytest

from services.console.views import accounts

ROW: dict[str, Any] = {"account": "a/1", "band": "red", "as_of": "2026-12-01T09:00:00Z"}


def test_the_state_is_what_is_not_empty() -> None:
    assert accounts.wanted({"q": " 青空 ", "csm": "", "other": "x"}) == {"q": "青空"}


def test_a_page_says_what_comes_next_and_how_many_there_are() -> None:
    answer = {"data": [ROW], "next_cursor": "c", "total": 10_001}
    view = accounts.view({"near": "80"}, answer, "")
    assert view["next"] == "/console/accounts?near=80&cursor=c"
    assert (view["more"], view["is_filtered"], view["is_first"]) == (True, True, True)
    assert view["csv"] == "/console/accounts?near=80&format=csv"
    assert view["rows"][0]["page"] == "/console/accounts/a%2F1"
    empty = accounts.view({"sort": "name"}, {"data": [], "next_cursor": None, "total": 0}, "")
    assert (empty["is_filtered"], empty["as_of"], empty["next"]) == (False, "", "")


def test_a_heading_sorts_by_its_column_and_then_the_other_way_round() -> None:
    first = accounts.column("score", {})
    assert first["address"] == "/console/accounts?sort=-score"
    again = accounts.column("score", {"sort": "-score"})
    assert (again["address"], again["direction"]) == ("/console/accounts?sort=score", "descending")
    assert accounts.column("name", {"sort": "name"})["address"].endswith("sort=-name")


def test_a_saved_view_has_a_name_of_some_length() -> None:
    assert accounts.view_name("  My\n accounts ") == "My accounts"
    assert accounts.view_name("青" * 80) == "青" * 80


@pytest.mark.parametrize(
    ("told", "fault"), [(" ", "is missing"), ("a" * 81, "too_long"), ("a\0b", "unreadable")]
)
def test_a_name_that_cannot_be(told: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        accounts.view_name(told)


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("/console/accounts?near=80&cursor=c&q=%E9%9D%92", "?q=%E9%9D%92&near=80"),
        ("https://evil.example.com/?near=80", "?near=80"),
        ("javascript:alert(1)", ""),
        ("", ""),
        ("//[", ""),
        ("?" + "&".join(f"a{n}=1" for n in range(60)), ""),
    ],
)
def test_a_saved_view_is_an_address_of_the_list(told: str, address: str) -> None:
    assert accounts.view_address(told) == f"/console/accounts{address}"
