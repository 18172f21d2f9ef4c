"""Links in mails with an offer: to answer, and to where the offer leads. Signed, without expiry."""

import json
from collections.abc import Callable

from shared.runtime.context import Context
from shared.security.crypto import Signer
from shared.wording.mail import OfferLinks

_ANSWER, _GO = "feedback", "go"


def offer_links(context: Context) -> Callable[[str], OfferLinks]:
    """By the id of a notification."""
    settings = context.settings
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    signer = context.signer

    def of(notification: str) -> OfferLinks:
        answer = f"{base}/v1/feedback/{answer_token(signer, notification)}"
        return OfferLinks(answer, lambda url: f"{base}/v1/go/{go_token(signer, notification, url)}")

    return of


def answer_token(signer: Signer, notification: str) -> str:
    return signer.sign(_ANSWER, notification.encode())


def read_answer(signer: Signer, token: str) -> str | None:
    """The notification; None if the token was not made here."""
    payload = signer.verify(_ANSWER, token)
    return None if payload is None else payload.decode()


def go_token(signer: Signer, notification: str, url: str) -> str:
    return signer.sign(_GO, json.dumps([notification, url], ensure_ascii=False).encode())


def read_go(signer: Signer, token: str) -> tuple[str, str] | None:
    """The notification and the address."""
    payload = signer.verify(_GO, token)
    if payload is None:
        return None
    notification, url = json.loads(payload)
    return notification, url
