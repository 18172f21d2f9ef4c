"""A session's token as a page shows it: under a mask of its own each time, so that no two pages
hold the same bytes, and the length of a packed page tells nothing of it.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error


def masked(token: str) -> str:
    """Twice as long as `token`, in the letters of base64."""
    plain = token.encode()
    mask = secrets.token_bytes(len(plain))
    return urlsafe_b64encode(mask + _mixed(plain, mask)).decode().rstrip("=")


def is_token(given: str, wanted: str) -> bool:
    """Whether `given` is `wanted` under any mask."""
    try:
        found = urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except (Error, ValueError):  # letters that base64 does not have
        return False
    mask, mixed = found[: len(wanted)], found[len(wanted) :]
    same = hmac.compare_digest(_mixed(mixed, mask), wanted.encode())
    return same and len(mask) == len(mixed)


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))
