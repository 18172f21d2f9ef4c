"""Checks what a provider signed: id tokens and log-out tokens. Pure.

Times are the provider's, so they are compared with the wall clock.
"""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from shared.values.characters import is_storable

Claims = Mapping[str, Any]
Jwk = Mapping[str, Any]
LEEWAY = 30
"""Seconds by which the provider's clock and ours may differ."""
LOGGED_OUT = "http://schemas.openid.net/event/backchannel-logout"
_KINDS: Mapping[str, tuple[str, str | None]] = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""Algorithm -> kind of key, and its curve. No others: `none` signs nothing, and with the HMACs
whoever may check could sign too.
"""
_LONGEST = 64 * 1024
_LEAST_BITS = 2048
_MOST_KEYS = 20
_NEVER = 10**12
"""More seconds than any clock shows; `Infinity` is more, and NaN is not less."""


class Refused(Exception):
    """The provider's answer is not accepted. `code` says why, and holds nothing of the token."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class UnknownKey(Refused):
    """None of the known keys fits: the provider may have new ones."""

    def __init__(self) -> None:
        super().__init__("key")


class _Registry(jws.JWSRegistry):
    max_header_length = 16 * 1024  # some carry their certificates

    def __init__(self) -> None:
        super().__init__(algorithms=tuple(_KINDS), strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        """Without the warning that EdDSA has a newer name, which providers do not use yet."""
        if name not in _KINDS:
            raise Refused("algorithm")
        return self.algorithms[name]


@dataclass(frozen=True, slots=True)
class Party:
    """Who signs, and whom it must be for."""

    issuer: str
    client_id: str


def id_claims(token: str, keys: Sequence[Jwk], party: Party, nonce: str, now: float) -> Claims:
    """The claims of an id token. Raises Refused; UnknownKey if newer keys may help."""
    claims = _signed(token, keys)
    _check(claims, party, now)
    if not _is_text(claims.get("sub")):
        raise Refused("subject")
    if not _same(claims.get("nonce"), nonce):
        raise Refused("nonce")
    return claims


def logout_claims(token: str, keys: Sequence[Jwk], party: Party, now: float) -> Claims:
    """The claims of a log-out token: it names a session (`sid`) or a subject (`sub`)."""
    claims = _signed(token, keys)
    _check(claims, party, now)
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(LOGGED_OUT), Mapping):
        raise Refused("events")
    if "nonce" in claims:  # an id token, sent as if it were one
        raise Refused("nonce")
    if not (_is_text(claims.get("sid")) or _is_text(claims.get("sub"))):
        raise Refused("subject")
    return claims


def usable(jwk: Jwk) -> bool:
    """Whether what this key signs is accepted."""
    return any(list(_fitting([jwk], algorithm, None)) for algorithm in _KINDS)


def _signed(token: str, keys: Sequence[Jwk]) -> Claims:
    if len(token) > _LONGEST or not token.isascii():
        raise Refused("form")
    try:
        found = jws.extract_compact(token.encode(), registry=_Registry())
        header = found.headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        raise Refused("form") from None
    if header.get("alg") not in _KINDS or "crit" in header or "b64" in header:
        raise Refused("algorithm")
    candidates = list(_fitting(keys, header["alg"], header.get("kid")))
    if not candidates or not any(_verifies(token, key) for key in candidates):
        raise UnknownKey
    try:
        claims = json.loads(found.payload)
    except ValueError:
        raise Refused("form") from None
    if not isinstance(claims, dict):
        raise Refused("form")
    return claims


def _verifies(token: str, key: Key) -> bool:
    try:
        jws.deserialize_compact(token.encode(), key, registry=_Registry())
    except (JoseError, ValueError):
        return False
    return True


def _fitting(keys: Sequence[Jwk], algorithm: str, kid: Any) -> Iterator[Key]:
    """Keys that may have signed it: by its `kid`; without one, all of the algorithm's kind."""
    kind, curve = _KINDS[algorithm]
    for one in keys[:_MOST_KEYS]:
        if (
            one.get("kty") != kind
            or (curve is not None and one.get("crv") != curve)
            or (kid is not None and one.get("kid") != kid)
            or one.get("use", "sig") != "sig"
            or one.get("alg", algorithm) != algorithm
        ):
            continue
        key = _read(one)
        if key is not None and (kind != "RSA" or _bits(one) >= _LEAST_BITS):
            yield key


def _read(jwk: Jwk) -> Key | None:
    """None for one that is broken: the others may be whole. Only what a key is made of is read."""
    parts = ("kty", "n", "e", "crv", "x", "y")
    try:
        return import_key({name: jwk[name] for name in parts if name in jwk})
    except (JoseError, ValueError, TypeError):
        return None


def _bits(jwk: Jwk) -> int:
    return len(str(jwk.get("n", "")).rstrip("=")) * 6


def _check(claims: Claims, party: Party, now: float) -> None:
    if claims.get("iss") != party.issuer:
        raise Refused("issuer")
    audience = claims.get("aud")
    told = audience if isinstance(audience, list) else [audience]
    if party.client_id not in told:
        raise Refused("audience")
    if claims.get("azp", party.client_id) != party.client_id or (
        len(told) > 1 and "azp" not in claims
    ):
        raise Refused("authorized_party")
    if now >= _seconds(claims, "exp") + LEEWAY:
        raise Refused("expired")
    if _seconds(claims, "iat") > now + LEEWAY:
        raise Refused("issued_at")
    if "nbf" in claims and _seconds(claims, "nbf") > now + LEEWAY:
        raise Refused("issued_at")


def _seconds(claims: Claims, name: str) -> float:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < _NEVER:
        raise Refused("expired" if name == "exp" else "issued_at")
    return found


def _is_text(found: Any) -> bool:
    return isinstance(found, str) and 1 <= len(found) <= 255 and is_storable(found)


def _same(found: Any, wanted: str) -> bool:
    return isinstance(found, str) and hmac.compare_digest(found.encode(), wanted.encode())
