"""The link by which a contact refuses proposals: signed, without an end, and readable by nobody but us as to what it does."""

import json
from collections.abc import Callable

from shared.context import Context
from shared.crypto import Signer

_PURPOSE = "unsubscribe"


def unsubscribe_url(context: Context) -> Callable[[str, str], str]:
    settings = context.settings
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    return lambda account, contact: f"{base}/v1/unsubscribe/{make_token(context.signer, account, contact)}"


def make_token(signer: Signer, account: str, contact: str) -> str:
    return signer.sign(_PURPOSE, json.dumps([account, contact]).encode())


def read_token(signer: Signer, token: str) -> tuple[str, str] | None:
    """(account, contact), or None where we have not made the token."""
    payload = signer.verify(_PURPOSE, token)
    if payload is None:
        return None
    account, contact = json.loads(payload)
    return account, contact
