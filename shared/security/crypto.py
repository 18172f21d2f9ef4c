"""Secrets at rest (AES-GCM with a key id), and signatures for what we issue and get back: inbox
tokens, cursors, unsubscribe links.

All keys derive from one secret: `PLIMSOLL_SECRET_KEY` (`new,old` while rotating), else one
generated once in the data directory of an embedded installation, else the admin key.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.runtime.settings import Settings

_MAC_BYTES = 16
_NONCE_BYTES = 12


class NoSecret(Exception):
    """There is nothing to derive keys from."""


class Unreadable(Exception):
    """A stored secret cannot be decrypted with the current keys: what is wrong, and what to do
    about it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(f"{what}: {remedy}")


def secrets_of(settings: Settings) -> list[bytes]:
    """The installation's secrets, newest first: the first one signs and encrypts, all of them
    verify and decrypt. Raises NoSecret.
    """
    if settings.secret_key is not None:
        parts = [part.strip() for part in settings.secret_key.split(",")]
        # A comma may be part of a secret: it is a list only if both sides are valid secrets.
        return (
            [part.encode() for part in parts]
            if all(len(part) >= 32 for part in parts)
            else [settings.secret_key.encode()]
        )
    if settings.embedded and settings.data_dir is not None:
        return [_made_once(settings.data_dir / "secret.key")]
    if settings.admin_key is not None:
        return [_derive(settings.admin_key.encode(), "installation secret")]
    raise NoSecret(
        "PLIMSOLL_SECRET_KEY or PLIMSOLL_ADMIN_KEY is needed: "
        "channel secrets and inbox tokens depend on it"
    )


def _made_once(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = secrets.token_urlsafe(48).encode()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(fresh)
            return fresh
    except FileExistsError:
        return path.read_bytes().strip()


def _derive(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, b"plimsoll/" + purpose.encode(), "sha256")


class Vault:
    """Encrypts small secrets for a database column. The result names the key it was encrypted
    with.
    """

    def __init__(self, installation: Sequence[bytes]) -> None:
        self._keys = {
            hashlib.sha256(key).hexdigest()[:8]: AESGCM(key)
            for key in (_derive(secret, "secrets at rest") for secret in installation)
        }

    def is_current(self, text: str) -> bool:
        """Whether it is encrypted with the newest key."""
        return text.startswith(f"v1.{next(iter(self._keys))}.")

    def encrypt(self, plain: str, context: str) -> str:
        """`context` (for example `channel/hubspot/token`) is bound to it: the text does not decrypt
        in another context.
        """
        key_id, cipher = next(iter(self._keys.items()))
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + cipher.encrypt(nonce, plain.encode(), context.encode())
        return f"v1.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def decrypt(self, text: str, context: str) -> str:
        """Raises Unreadable if the key is gone, or the text was not encrypted for `context`."""
        version, _, rest = text.partition(".")
        key_id, _, encoded = rest.partition(".")
        cipher = self._keys.get(key_id)
        if version != "v1" or cipher is None:
            raise Unreadable(
                "a stored secret was encrypted with a key that is not configured",
                "append the old key to PLIMSOLL_SECRET_KEY (new,old), or set the channel again",
            )
        try:
            sealed = base64.urlsafe_b64decode(encoded)
            return cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode()
            ).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise Unreadable(
                "a stored secret does not decrypt: it was changed or moved", "set the channel again"
            ) from None


class Signer:
    """Signs each payload for one purpose, so that a cursor is never accepted as a token."""

    def __init__(self, installation: Sequence[bytes]) -> None:
        self._secrets = [_derive(secret, "signatures") for secret in installation]

    def key(self, purpose: str) -> bytes:
        """A separate 32-byte key for signatures in another format (inbox tokens)."""
        return _derive(self._secrets[0], purpose)

    def keys(self, purpose: str) -> list[bytes]:
        """The same key followed by those of older secrets, to verify with while rotating."""
        return [_derive(secret, purpose) for secret in self._secrets]

    def sign(self, purpose: str, payload: bytes) -> str:
        """URL-safe text that `verify` turns back into the payload. Anyone can read the payload."""
        return f"{_encoded(payload)}.{_encoded(_mac(self.key(purpose), payload))}"

    def verify(self, purpose: str, signed: str) -> bytes | None:
        """The payload, or None if we did not sign it for this purpose."""
        body, _, mac = signed.partition(".")
        try:
            payload, given = _decoded(body), _decoded(mac)
        except (ValueError, binascii.Error):
            return None
        return (
            payload
            if any(hmac.compare_digest(_mac(key, payload), given) for key in self.keys(purpose))
            else None
        )


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, "sha256")[:_MAC_BYTES]


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """ValueError for an alternative encoding of the same bytes too: a signed text has one form
    only.
    """
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encoded(raw) != text:
        raise ValueError("not our encoding")
    return raw
