"""The end user's token: signed, for one contact of one account, for an hour at most. It opens nothing but that contact's inbox."""

from dataclasses import dataclass
from datetime import UTC, datetime

import jwt

from shared.crypto import Signer

PURPOSE = "inbox token"
LONGEST_SECONDS = 3600
_AUDIENCE = "plimsoll-inbox"
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Grant:
    """Whose inbox, and until when. `person`: who the contact was when it was minted."""

    account: str
    contact: str
    person: str
    expires_at: datetime


def mint(signer: Signer, account: str, contact: str, person: str, ttl: int, now: datetime) -> tuple[str, datetime]:
    """The token and the moment from which it is refused."""
    expires = round(now.timestamp() + ttl, 3)
    claims = {"aud": _AUDIENCE, "sub": contact, "account": account, "person": person, "exp": expires}
    return jwt.encode(claims, signer.key(PURPOSE), _ALGORITHM), datetime.fromtimestamp(expires, UTC)


def read(signer: Signer, token: str, now: datetime) -> Grant | None:
    """None for whatever we have not signed for this purpose, and for what has expired by the clock that it was made with."""
    for key in signer.keys(PURPOSE):
        try:
            claims = jwt.decode(token, key, [_ALGORITHM], audience=_AUDIENCE, options=_OPTIONS)
            grant = Grant(claims["account"], claims["sub"], claims["person"], datetime.fromtimestamp(claims["exp"], UTC))
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError):
            continue
        return grant if now < grant.expires_at else None
    return None


# The library would ask the machine's clock; ours may be the test clock.
_OPTIONS: jwt.types.Options = {"verify_exp": False, "require": ["exp", "aud", "sub"]}
