"""Addresses that people open."""

import pytest

from shared.values.web_address import LONGEST, read_address


@pytest.mark.parametrize(
    "raw", ["https://www.example.com/demo", "http://[::1]:8000/", "/materials/demo?x=1#top"]
)
def test_the_web_and_the_own_site(raw: str) -> None:
    assert read_address(raw) == raw


@pytest.mark.parametrize(
    "raw",
    [
        "javascript:alert(1)",
        "JavaScript://www.example.com/%0aalert(1)",
        "data:text/html,x",
        "//www.example.com",
        "ftp://www.example.com",
        "https://",
        "https://www.example.com/ x",
        "https://www.example.com/\n",
        'https://www.example.com/"x',
        "x" * LONGEST + "https://www.example.com",
        "https://www.example.com/" + "x" * LONGEST,
        "",
        None,
        7,
    ],
)
def test_nothing_else(raw: object) -> None:
    with pytest.raises(ValueError, match="must be an address"):
        read_address(raw)
