from typing import Any

import pytest

from services.console.login.identity import (
    id_of,
    identity_of,
    is_complete,
    named,
    newcomer,
    person_of,
    profile_of,
)
from services.console.login.token import Refused

BASE: dict[str, Any] = {"iss": "https://id.example", "sub": "s-1"}
ADDRESS = {"email": "kato@example.com"}


@pytest.mark.parametrize(
    ("claims", "trusts", "email"),
    [
        (ADDRESS | {"email_verified": True}, False, "kato@example.com"),
        (ADDRESS | {"email_verified": "true"}, False, None),
        (ADDRESS | {"email_verified": False}, False, None),
        (ADDRESS, False, None),
        (ADDRESS, True, "kato@example.com"),
        ({"email": "not an address", "email_verified": True}, True, None),
        ({"email": ["kato@example.com"]}, True, None),
        ({}, True, None),
    ],
)
def test_an_address_counts_only_if_it_is_known_to_be_theirs(
    claims: dict[str, Any], trusts: bool, email: str | None
) -> None:
    assert identity_of(BASE | claims, "en-GB", trust_email=trusts).email == email


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": " Kato "}, "Kato"),
        ({"name": "Ka\nto\x00"}, "Ka to"),
        ({"name": " ", "preferred_username": "kato"}, "kato"),
        ({"name": 7, **ADDRESS}, "kato@example.com"),
        ({}, "s-1"),
        ({"name": "k" * 300}, "k" * 200),
    ],
)
def test_they_are_called_what_the_provider_calls_them(claims: dict[str, Any], name: str) -> None:
    assert identity_of(BASE | claims, "en-GB", trust_email=False).name == name


def test_a_newcomer_has_an_id_that_follows_from_who_they_are() -> None:
    assert id_of("https://id.example", "s-1") == "e8259e0bbe1b022d"
    identity = identity_of(BASE | {"locale": "ja-JP", "sid": "x"}, "en-GB", trust_email=False)
    person = newcomer(identity, {"sales", "csm"})
    assert person.id == "e8259e0bbe1b022d"
    assert person.fields == {
        "name": "s-1",
        "email": None,
        "roles": ["csm", "sales"],
        "locale": "ja-JP",
    }
    assert identity.sid == "x"


def test_what_is_no_language_is_the_browsers_and_what_is_no_session_none() -> None:
    identity = identity_of(BASE | {"locale": "日本語", "sid": 5}, "en-GB", trust_email=False)
    assert (identity.locale, identity.sid) == ("en-GB", None)


def test_a_record_is_written_back_whole_with_other_roles() -> None:
    shown = {
        "id": "u7",
        "name": "Kato",
        "email": "kato@example.com",
        "roles": ["csm"],
        "manager": "m1",
        "active": True,
        "locale": "ja-JP",
        "time_zone": "Asia/Tokyo",
        "sales_trained": True,
        "close_authority": "50000.00",
    }
    changed = person_of(shown | {"revision": 3}).with_roles({"manager", "csm"})
    assert changed.fields == {
        **{k: v for k, v in shown.items() if k != "id"},
        "roles": ["csm", "manager"],
    }
    assert (changed.id, changed.roles) == ("u7", frozenset({"csm", "manager"}))


def test_somebody_let_in_by_an_operator_is_called_as_the_operator_did() -> None:
    person = named("Kato", {"csm"}, "ja-JP")
    assert (person.id, person.fields["name"], person.active) == ("Kato", "Kato", True)


SIGNED = {"iss": "https://id.example", "sub": "s", "nonce": "n"}


def test_what_is_signed_counts_more_than_what_userinfo_says() -> None:
    more = {"sub": "s", "iss": "https://evil.example", "email": "s@example.com", "name": "Sora"}
    profile = profile_of({**SIGNED, "name": "Sato"}, more)
    assert profile.claims == {**SIGNED, "name": "Sato", "email": "s@example.com"}


def test_roles_of_userinfo_count_only_if_the_id_token_has_none() -> None:
    more = {"sub": "s", "realm_access": {"roles": ["admin"]}}
    path = "realm_access.roles"
    assert profile_of({**SIGNED, "realm_access": {}}, more).roles(path, None) == frozenset(
        {"admin"}
    )
    empty = {**SIGNED, "realm_access": {"roles": []}}
    assert profile_of(empty, more).roles(path, None) == frozenset()
    assert profile_of(SIGNED, {}).roles(path, None) is None


@pytest.mark.parametrize("more", [{"sub": "other"}, {"roles": ["admin"]}, {"sub": ["s"]}])
def test_userinfo_of_somebody_else_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(Refused, match="userinfo"):
        profile_of(SIGNED, more)


@pytest.mark.parametrize(
    ("claims", "complete"),
    [
        ({"email": "s@example.com", "roles": []}, True),
        ({"email": "s@example.com"}, False),
        ({"roles": ["csm"]}, False),
    ],
)
def test_an_id_token_may_say_all_that_is_asked(claims: dict[str, object], complete: bool) -> None:
    assert is_complete({**SIGNED, **claims}, "roles") is complete
