import pytest

from services.console.login.forms.origin import is_ours

PUBLIC = "https://plimsoll.example/path"
HOST = {"host": "127.0.0.1:8000"}
CASES: dict[str, tuple[dict[str, str], bool]] = {
    "the same origin": ({"sec-fetch-site": "same-origin"}, True),
    "the same origin, named": (
        {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8000"},
        True,
    ),
    "the same origin that names none": ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
    "the same origin that names another": (
        {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
        False,
    ),
    "another site": ({"sec-fetch-site": "cross-site"}, False),
    "a sibling": ({"sec-fetch-site": "same-site"}, False),
    "typed into the address bar": ({"sec-fetch-site": "none"}, False),
    "another site that names our origin": (
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8000"},
        False,
    ),
    "the host of the request": ({"origin": "http://127.0.0.1:8000"}, True),
    "behind a gateway with TLS": ({"origin": "https://127.0.0.1:8000"}, True),
    "the public address": ({"origin": "https://plimsoll.example"}, True),
    "the public address without TLS": ({"origin": "http://plimsoll.example"}, False),
    "another port": ({"origin": "http://127.0.0.1:8001"}, False),
    "another origin": ({"origin": "https://evil.example"}, False),
    "an origin that is none": ({"origin": "null"}, False),
    "an empty one": ({"origin": ""}, False),
    "neither header": ({}, False),
}


@pytest.mark.parametrize(("headers", "wanted"), CASES.values(), ids=CASES)
def test_where_a_form_comes_from(headers: dict[str, str], wanted: bool) -> None:
    assert is_ours(HOST | headers, PUBLIC) is wanted


def test_without_a_host_and_a_public_address_nothing_is_ours() -> None:
    assert not is_ours({"origin": "://"}, None)
    assert not is_ours({"origin": "://", **HOST}, None)
