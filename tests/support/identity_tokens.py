"""Tokens as an identity provider signs them, and as an attacker would like to."""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

ISSUER, CLIENT = "https://id.example", "plimsoll"


class _Registry(jws.JWSRegistry):
    def get_alg(self, name: str) -> Any:
        """Without a warning for those that are out of fashion."""
        return self.algorithms[name]


_REGISTRY = _Registry()


@cache
def rsa_key(name: str = "rsa") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name})


@cache
def ec_key(name: str = "ec") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": name})


@cache
def okp_key(name: str = "okp") -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": name})


def public(*keys: Key) -> list[Mapping[str, Any]]:
    return [{**key.as_dict(private=False), "kid": key.kid} for key in keys]


def claims(now: float | None = None, **more: Any) -> dict[str, Any]:
    """An id token's, for `plimsoll`, with the nonce `n`. A claim given as None is left out."""
    at = int(time.time() if now is None else now)
    told = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "subject-1",
        "nonce": "n",
        "iat": at,
        "exp": at + 300,
        **more,
    }
    return {name: value for name, value in told.items() if value is not None}


def signed(
    told: Mapping[str, Any] | bytes, key: Key, algorithm: str = "RS256", **header: Any
) -> str:
    payload = told if isinstance(told, bytes) else json.dumps(told).encode()
    parts = {"alg": algorithm, "kid": key.kid, **header}
    kept = {name: value for name, value in parts.items() if value is not None}
    return jws.serialize_compact(kept, payload, key, registry=_REGISTRY)


def signed_with_secret(told: Mapping[str, Any], secret: bytes, kid: str) -> str:
    """As if the public key were a secret that both sides share."""
    text = ".".join([_part({"alg": "HS256", "kid": kid}), _part(told)])
    return f"{text}.{_encoded(hmac.digest(secret, text.encode(), 'sha256'))}"


def unsigned(told: Mapping[str, Any], algorithm: str = "none") -> str:
    return ".".join([_part({"alg": algorithm}), _part(told), ""])


def _part(value: Any) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
