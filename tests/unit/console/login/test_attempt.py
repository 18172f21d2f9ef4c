from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from services.console.login.attempt import new_attempt, provider_address, target_of

OURS = [
    "/console",
    "/console/",
    "/console?x=1",
    "/console/decisions/d1?x=1&y=青空",
    "/console/a//b",
]
NOT_OURS = {
    "nothing": None,
    "empty": "",
    "another host": "//evil.example",
    "another host with a backslash": "\\evil.example",
    "a backslash in it": "/console/\\evil.example",
    "an address": "https://evil.example/console",
    "a scheme": "javascript:alert(1)",
    "begins alike": "/console.evil.example",
    "begins alike, too": "/consoles",
    "encoded": "%2F%2Fevil.example",
    "encoded twice": "%252F%252Fevil.example",
    "a way up": "/console/..//evil.example",
    "an encoded way up": "/console/%2e%2E//evil.example",
    "a new line": "/console/\r\nSet-Cookie: a=b",
    "NUL": "/console/\x00",
    "too long": "/console/" + "a" * 2_000,
    "the log-in itself": "/console/login?to=/console",
    "log-out": "/console/logout",
    "the way back": "/console/callback?state=x",
    "the API": "/v1/accounts",
}


@pytest.mark.parametrize("asked", OURS)
def test_an_address_of_the_console_is_where_a_log_in_leads(asked: str) -> None:
    assert target_of(asked) == asked


@pytest.mark.parametrize("asked", NOT_OURS.values(), ids=NOT_OURS)
def test_anything_else_becomes_the_first_page(asked: str | None) -> None:
    assert target_of(asked) == "/console"


def test_each_log_in_has_secrets_of_its_own() -> None:
    one, two = new_attempt("/console"), new_attempt("/console")
    found = {
        secret
        for each in (one, two)
        for secret in (each.state, each.browser, each.nonce, each.verifier)
    }
    assert len(found) == 8
    assert min(map(len, found)) >= 43


def test_the_provider_is_asked_for_a_code_with_proof() -> None:
    attempt = new_attempt("/console")
    address = provider_address(
        attempt,
        "https://id.example/authorize?tenant=a",
        client_id="plimsoll",
        redirect_uri="https://plimsoll.example/console/callback",
        scopes="openid email",
    )
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "id.example", "/authorize")
    assert {name: value for name, (value,) in parse_qs(parts.query).items()} == {
        "tenant": "a",
        "response_type": "code",
        "client_id": "plimsoll",
        "redirect_uri": "https://plimsoll.example/console/callback",
        "scope": "openid email",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": create_s256_code_challenge(attempt.verifier),
        "code_challenge_method": "S256",
    }
