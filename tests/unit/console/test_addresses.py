"""Addresses of lists and things; which of them are ours."""

import pytest

from services.console.addresses import address, is_ours, of, path_part, with_said


def test_what_is_empty_is_left_out() -> None:
    assert address("/console/today", {"due": "", "who": None}) == "/console/today"
    assert (
        address("/console/today", {"due": "today"}, who="a b") == "/console/today?due=today&who=a+b"
    )


def test_an_address_that_has_a_query_gets_more_of_it() -> None:
    meter = address("/console/accounts/a/usage", meter="seats")
    assert address(meter, format="csv") == "/console/accounts/a/usage?meter=seats&format=csv"


def test_an_id_is_one_part_of_a_path() -> None:
    assert of("accounts", "a/b?c") == "/console/accounts/a%2Fb%3Fc"
    assert path_part("株") == "%E6%A0%AA"


@pytest.mark.parametrize("to", ["/console", "/console/today", "/console?x=1", "/console/a?b=c"])
def test_ours(to: str) -> None:
    assert is_ours(to)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "//evil",
        "/\\evil",
        "https://evil/console/",
        "/consolation",
        "/console/\\evil",
        "/console/\n",
        "/console/../v1",
    ],
)
def test_not_ours(to: str) -> None:
    assert not is_ours(to)


def test_what_was_done_is_said_once() -> None:
    assert with_said("/console/today", "closed") == "/console/today?said=closed"
    assert with_said("/console/today?due=today&said=x", "closed") == (
        "/console/today?due=today&said=closed"
    )
