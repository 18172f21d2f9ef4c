import pytest

from services.console.login.profile import is_complete, profile_of
from services.console.login.token import Refused

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
