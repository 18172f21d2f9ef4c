"""The link by which a contact refuses proposals: signed, without an end, and readable by nobody but us as to what it does."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from shared.context import Context
from shared.crypto import Signer

_PURPOSE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Right:
    """Who may refuse by a link. `mailbox`: to which it was mailed; None: a link of a version that did not say."""

    account: str
    contact: str
    mailbox: bytes | None = None


def unsubscribe_url(context: Context) -> Callable[[Right], str]:
    settings = context.settings
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    return lambda right: f"{base}/v1/unsubscribe/{make_token(context.signer, right)}"


def make_token(signer: Signer, right: Right) -> str:
    mailbox = [] if right.mailbox is None else [right.mailbox.hex()]
    return signer.sign(_PURPOSE, json.dumps([right.account, right.contact, *mailbox]).encode())


def read_token(signer: Signer, token: str) -> Right | None:
    """None where we have not made the token."""
    payload = signer.verify(_PURPOSE, token)
    if payload is None:
        return None
    account, contact, *mailbox = json.loads(payload)
    return Right(account, contact, bytes.fromhex(mailbox[0]) if mailbox else None)
