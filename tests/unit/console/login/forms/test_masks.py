"""A token under a mask: other letters each time, and the same token."""

import secrets

import pytest

from services.console.login.forms.masks import is_token, masked


def test_a_masked_token_is_never_the_same_twice_and_always_the_token() -> None:
    token = secrets.token_urlsafe(32)
    shown = {masked(token) for _ in range(100)}
    assert len(shown) == 100
    assert all(is_token(one, token) for one in shown)
    assert not any(token in one for one in shown)


def test_no_place_of_a_masked_token_keeps_its_letter() -> None:
    token = secrets.token_urlsafe(32)
    shown = [masked(token) for _ in range(200)]
    assert {len(one) for one in shown} == {len(shown[0])}
    # The last letter holds the bits that are left over.
    assert min(len(set(letters)) for letters in list(zip(*shown, strict=True))[:-1]) > 16


@pytest.mark.parametrize(
    "given", ["", "=", "x" * 43, "é", "\udcff", "A", "{token}", "{masked}A", "A{masked}"]
)
def test_what_is_not_the_masked_token_is_refused(given: str) -> None:
    token = secrets.token_urlsafe(32)
    told = given.replace("{token}", token).replace("{masked}", masked(token))
    assert not is_token(told, token)


def test_a_mask_does_not_make_another_token_of_it() -> None:
    assert not is_token(masked(secrets.token_urlsafe(32)), secrets.token_urlsafe(32))
