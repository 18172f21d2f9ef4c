"""Short-lived tokens with which the console asks: as a signed-in person, or for the log-in itself.

Signed, not stored: who asks is in the token, for a minute.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.security.crypto import Signer
from shared.security.rights import ROLES, Principal, scopes_of
from shared.values.quantities import dumps

LIFETIME = timedelta(seconds=60)
_PERSON, _LOGIN = "pt_", "ct_"
_PURPOSES = {_PERSON: "person", _LOGIN: "console"}
_LOGIN_SCOPES = frozenset({"read", "accounts:write"})


class _Claims(msgspec.Struct):
    """`until`: seconds since 1970, by Plimsoll's clock."""

    until: float
    person: str = ""
    roles: list[str] = []
    session: str = ""


def issue(signer: Signer, person: str, roles: Collection[str], session: str, now: datetime) -> str:
    """`session`: which log-in of this person asks; anyone can read it in the token."""
    told = [role for role in ROLES if role in roles]
    return _signed(signer, _PERSON, now, person=person, roles=told, session=session)


def issue_login(signer: Signer, now: datetime) -> str:
    """For what log-in reads and writes about people before anybody is signed in."""
    return _signed(signer, _LOGIN, now)


def is_token(text: str) -> bool:
    """Whether it looks like one, valid or not. An API key of the settings may begin so, too."""
    return text[:3] in _PURPOSES and text.count(".") == 1


def read(signer: Signer, token: str, now: datetime) -> Principal | None:
    """The caller; None if it has expired or is not ours."""
    prefix, signed = token[:3], token[3:]
    payload = signer.verify(_PURPOSES[prefix], signed) if prefix in _PURPOSES else None
    if payload is None:
        return None
    claims = msgspec.json.decode(payload, type=_Claims)
    if now.timestamp() >= claims.until:
        return None
    if prefix == _LOGIN:
        return Principal("login", _LOGIN_SCOPES, kind="plimsoll")
    roles = frozenset(claims.roles)
    return Principal(
        claims.person, scopes_of(roles), kind="person", roles=roles, session=claims.session
    )


def _signed(signer: Signer, prefix: str, now: datetime, **claims: Any) -> str:
    until = (now + LIFETIME).timestamp()
    return prefix + signer.sign(_PURPOSES[prefix], dumps({"until": until, **claims}))
