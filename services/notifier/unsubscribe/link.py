"""The unsubscribe link for proposals: signed, without expiry, and opaque to anyone else."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from shared.runtime.context import Context
from shared.security.crypto import Signer

_PURPOSE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Right:
    """Who may refuse through a link. `mailbox`: where it was mailed; None: an old link."""

    account: str
    contact: str
    mailbox: bytes | None = None


def unsubscribe_url(context: Context) -> Callable[[Right], str]:
    settings = context.settings
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    return lambda right: f"{base}/v1/unsubscribe/{make_token(context.signer, right)}"


def make_token(signer: Signer, right: Right) -> str:
    mailbox = [] if right.mailbox is None else [right.mailbox.hex()]
    return signer.sign(
        _PURPOSE,
        json.dumps(
            [right.account, right.contact, *mailbox], ensure_ascii=False, separators=(",", ":")
        ).encode(),
    )


def read_token(signer: Signer, token: str) -> Right | None:
    """Returns None if the token was not made here."""
    payload = signer.verify(_PURPOSE, token)
    if payload is None:
        return None
    account, contact, *mailbox = json.loads(payload)
    return Right(account, contact, bytes.fromhex(mailbox[0]) if mailbox else None)
