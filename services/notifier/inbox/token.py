"""The end user's token: signed, valid for one contact's inbox only, for at most an hour."""

from dataclasses import dataclass
from datetime import UTC, datetime

import jwt

from shared.security.crypto import Signer

PURPOSE = "inbox token"
LONGEST_SECONDS = 3600
_AUDIENCE = "plimsoll-inbox"
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Grant:
    """Whose inbox, and until when. `person`: who the contact was when the token was minted."""

    account: str
    contact: str
    person: str
    expires_at: datetime


def mint(
    signer: Signer, account: str, contact: str, person: str, ttl: int, now: datetime
) -> tuple[str, datetime]:
    """Returns the token and the time when it expires."""
    expires = round(now.timestamp() + ttl, 3)
    claims = {
        "aud": _AUDIENCE,
        "sub": contact,
        "account": account,
        "person": person,
        "exp": expires,
    }
    return jwt.encode(claims, signer.key(PURPOSE), _ALGORITHM), datetime.fromtimestamp(expires, UTC)


def read(signer: Signer, token: str, now: datetime) -> Grant | None:
    """Returns None if it was not signed here for this purpose, or has expired by the clock."""
    for key in signer.keys(PURPOSE):
        try:
            claims = jwt.decode(token, key, [_ALGORITHM], audience=_AUDIENCE, options=_OPTIONS)
            grant = Grant(
                claims["account"],
                claims["sub"],
                claims["person"],
                datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError):
            continue
        return grant if now < grant.expires_at else None
    return None


# The library would use the system clock; ours may be the test clock.
_OPTIONS: jwt.types.Options = {"verify_exp": False, "require": ["exp", "aud", "sub"]}
