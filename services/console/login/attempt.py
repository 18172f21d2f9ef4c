"""A log-in that begins: what is remembered of it, and where the browser goes. Pure."""

import secrets
from dataclasses import dataclass

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from services.console.addresses import climbs
from shared.values.characters import is_storable

HOME = "/console"
_LONGEST = 2_000
_OURS = tuple(
    f"{HOME}/{name}" for name in ("login", "logout", "logged-out", "callback", "backchannel-logout")
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A log-in that has begun. `browser` is a secret that only the browser has in which it did."""

    state: str
    browser: str
    nonce: str
    verifier: str
    target: str


def new_attempt(target: str) -> Attempt:
    return Attempt(
        state=secrets.token_urlsafe(32),
        browser=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        target=target,
    )


def target_of(asked: str | None) -> str:
    """Where a log-in leads: an address of the console. Anything else becomes its first page."""
    if (
        asked is None
        or len(asked) > _LONGEST
        or "\\" in asked
        or not is_storable(asked)
        or not (asked == HOME or asked.startswith((f"{HOME}/", f"{HOME}?")))
        or asked.partition("?")[0] in _OURS
        or climbs(asked)
    ):
        return HOME
    return asked


def provider_address(
    attempt: Attempt, endpoint: str, *, client_id: str, redirect_uri: str, scopes: str
) -> str:
    """Where the provider asks who it is."""
    address: str = prepare_grant_uri(
        endpoint,
        client_id,
        "code",
        redirect_uri=redirect_uri,
        scope=scopes,
        state=attempt.state,
        nonce=attempt.nonce,
        code_challenge=create_s256_code_challenge(attempt.verifier),
        code_challenge_method="S256",
    )
    return address
