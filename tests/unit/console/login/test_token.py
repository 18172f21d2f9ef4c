from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import Key, RSAKey

from services.console.login.token import (
    LEEWAY,
    LOGGED_OUT,
    Party,
    Refused,
    UnknownKey,
    id_claims,
    logout_claims,
)
from tests.support.identity_tokens import (
    CLIENT,
    ISSUER,
    claims,
    ec_key,
    okp_key,
    public,
    rsa_key,
    signed,
    signed_with_secret,
    unsigned,
)

NOW = 1_760_000_000.0
PARTY = Party(ISSUER, CLIENT)
ALL = public(rsa_key(), ec_key(), okp_key())


def check(token: str, keys: Any = ALL, now: float = NOW) -> Any:
    return id_claims(token, keys, PARTY, "n", now)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa_key(), "RS256"),
        (rsa_key(), "PS256"),
        (ec_key(), "ES256"),
        (okp_key(), "EdDSA"),
    ],
    ids=["RS256", "PS256", "ES256", "EdDSA"],
)
def test_four_algorithms_are_read(key: Key, algorithm: str) -> None:
    assert check(signed(claims(NOW), key, algorithm))["sub"] == "subject-1"


WITHIN: dict[str, dict[str, Any]] = {
    "just expired": {"exp": NOW - LEEWAY + 1},
    "a clock that is ahead": {"iat": NOW + LEEWAY},
    "two audiences, and for us": {"aud": [CLIENT, "other"], "azp": CLIENT},
    "a list of one": {"aud": [CLIENT]},
    "valid from now on": {"nbf": NOW + LEEWAY},
}


@pytest.mark.parametrize("told", WITHIN.values(), ids=WITHIN)
def test_what_is_near_enough_is_accepted(told: dict[str, Any]) -> None:
    assert check(signed(claims(NOW, **told), rsa_key()))["iss"] == ISSUER


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"iss": "https://evil.example"}, "issuer"),
    "nearly the issuer": ({"iss": ISSUER + "/"}, "issuer"),
    "no issuer": ({"iss": None}, "issuer"),
    "another audience": ({"aud": "other"}, "audience"),
    "no audience": ({"aud": None}, "audience"),
    "two audiences and nobody named": ({"aud": [CLIENT, "other"]}, "authorized_party"),
    "for another party": ({"azp": "other"}, "authorized_party"),
    "expired": ({"exp": NOW - LEEWAY}, "expired"),
    "no end": ({"exp": None}, "expired"),
    "an end that never comes": ({"exp": float("inf")}, "expired"),
    "an end in words": ({"exp": "tomorrow"}, "expired"),
    "true is not a time": ({"exp": True}, "expired"),
    "from the future": ({"iat": NOW + LEEWAY + 1}, "issued_at"),
    "of no time": ({"iat": None}, "issued_at"),
    "not yet valid": ({"nbf": NOW + LEEWAY + 1}, "issued_at"),
    "another nonce": ({"nonce": "m"}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "a nonce of another kind": ({"nonce": ["n"]}, "nonce"),
    "nobody": ({"sub": None}, "subject"),
    "an empty subject": ({"sub": ""}, "subject"),
    "a subject with a line in it": ({"sub": "a\nb"}, "subject"),
    "a long subject": ({"sub": "s" * 256}, "subject"),
}


@pytest.mark.parametrize(("told", "code"), REFUSED.values(), ids=REFUSED)
def test_a_token_with_other_claims_is_refused(told: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        check(signed(claims(NOW, **told), rsa_key()))
    assert refused.value.code == code
    assert not isinstance(refused.value, UnknownKey)


FORGED: dict[str, Callable[[], str]] = {
    "not signed": lambda: unsigned(claims(NOW)),
    "not signed, loudly": lambda: unsigned(claims(NOW), "NONE"),
    "signed with what everybody knows": lambda: signed_with_secret(
        claims(NOW), rsa_key().as_pem(private=False), "rsa"
    ),
    "an algorithm that nobody asked for": lambda: signed(claims(NOW), rsa_key(), "RS512"),
}


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED)
def test_an_algorithm_that_proves_nothing_is_refused(make: Callable[[], str]) -> None:
    with pytest.raises(Refused) as refused:
        check(make())
    assert refused.value.code == "algorithm"


BROKEN = {
    "empty": "",
    "two parts": "a.b",
    "not base64": "!.!.!",
    "not ASCII": "é.é.é",
    "longer than any": "a" * 70_000,
    "a header of brackets": "W1tb" * 5_000 + ".e30.",
}


@pytest.mark.parametrize("token", BROKEN.values(), ids=BROKEN)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Refused) as refused:
        check(token)
    assert refused.value.code == "form"


def test_a_payload_that_is_no_object_is_refused() -> None:
    for payload in (b"[]", b"1", b"{", b"\xff"):
        with pytest.raises(Refused, match="form"):
            check(signed(payload, rsa_key()))


def test_a_changed_token_is_of_no_known_key() -> None:
    head, body, signature = signed(claims(NOW), rsa_key()).split(".")
    other = signed(claims(NOW, sub="admin"), rsa_key("elsewhere")).split(".")[1]
    for token in (f"{head}.{other}.{signature}", f"{head}.{body}.{signature[:-8]}AAAAAAAA"):
        with pytest.raises(UnknownKey):
            check(token)


def test_a_key_is_found_by_its_name_and_without_one_by_its_kind() -> None:
    token = signed(claims(NOW), rsa_key())
    with pytest.raises(UnknownKey):
        check(token, public(rsa_key("elsewhere")))
    nameless = signed(claims(NOW), rsa_key(), kid=None)
    assert check(nameless, public(ec_key(), rsa_key("elsewhere"), rsa_key()))


@pytest.mark.parametrize(
    "told", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "oct"}, {"n": "!"}, {"n": 5}, {"e": None}]
)
def test_a_key_for_something_else_or_a_broken_one_is_passed_over(told: dict[str, Any]) -> None:
    (jwk,) = public(rsa_key())
    with pytest.raises(UnknownKey):
        check(signed(claims(NOW), rsa_key()), [{**jwk, **told}])
    assert check(signed(claims(NOW), rsa_key()), [{**jwk, **told}, jwk])


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_short_key_proves_nothing() -> None:
    short = RSAKey.generate_key(1024, {"kid": "short"})
    with pytest.raises(UnknownKey):
        check(signed(claims(NOW), short), public(short))


def logout(**more: Any) -> dict[str, Any]:
    return claims(NOW, **{"nonce": None, "events": {LOGGED_OUT: {}}, **more})


def test_a_log_out_token_names_a_session_or_a_subject() -> None:
    for told in ({"sid": "s", "sub": None}, {}):
        token = signed(logout(**told), rsa_key(), typ="logout+jwt")
        assert logout_claims(token, ALL, PARTY, NOW)["events"]


NO_LOG_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "an id token": ({"events": None, "nonce": "n"}, "events"),
    "with a nonce": ({"nonce": "n"}, "nonce"),
    "of another event": ({"events": {"other": {}}}, "events"),
    "events in words": ({"events": LOGGED_OUT}, "events"),
    "of nobody": ({"sub": None}, "subject"),
    "expired": ({"exp": NOW - 60}, "expired"),
    "for somebody else": ({"aud": "other"}, "audience"),
}


@pytest.mark.parametrize(("told", "code"), NO_LOG_OUT.values(), ids=NO_LOG_OUT)
def test_another_token_logs_nobody_out(told: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        logout_claims(signed(logout(**told), rsa_key()), ALL, PARTY, NOW)
    assert refused.value.code == code
