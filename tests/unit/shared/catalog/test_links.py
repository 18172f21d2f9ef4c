"""A catalogue's links: addresses with placeholders."""

from typing import Any

import pytest

from shared.catalog.links import read_links
from shared.catalog.place import Place
from shared.values.faults import Fault


def read(value: Any) -> tuple[dict[str, str], list[Fault]]:
    faults: list[Fault] = []
    return read_links(Place(value, "/links", faults)), faults


@pytest.mark.parametrize(
    "link",
    [
        "https://app.example.com/billing?account={account}&plan={plan}&meter={meter}",
        "http://localhost:8000/",
        "/billing/{add_on}",
        "/",
        "https://app.example.com/{{literally}}",
    ],
)
def test_an_address_or_a_path_is_taken_as_it_is(link: str) -> None:
    assert read({"upgrade": link}) == ({"upgrade": link}, [])


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("//evil.example.com/", "must begin with"),
        ("javascript:alert(1)", "must begin with"),
        ("https:///nowhere", "must begin with"),
        ("https://a.example.com/{acount}", "unknown variable {acount}"),
        ("https://a.example.com/{account!r}", "must have {account} alone"),
        ("https://a.example.com/{account:>9}", "must have {account} alone"),
        ("https://a.example.com/{", "must be an address"),
        ("https://a.example.com/a b", "must be an address"),
        ("", "must begin with"),
        (7, "must be an address"),
    ],
)
def test_anything_else_is_a_fault_at_its_place(link: Any, reason: str) -> None:
    found, (fault,) = read({"upgrade": link})
    assert found == {"upgrade": ""}
    assert fault.path == "/links/upgrade"
    assert fault.reason.startswith(reason)
