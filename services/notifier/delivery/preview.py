"""What a delivery would send now, for an operator to look at. Links that let its reader do
something are left out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from services.notifier import lifecycle
from services.notifier.channels.base import Claimed
from services.notifier.delivery import claims, compose, payload
from services.notifier.rows import EMAIL, IN_APP
from services.notifier.store import queue
from shared.loop.isolation import Failure
from shared.wording import inbox_text

_NO_LINK = "https://…"


class DeliveryMessage(TypedDict):
    """`locale`: of its texts. `body`: of a webhook."""

    locale: str
    subject: str | None
    text: str | None
    html: str | None
    body: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Preview:
    """`message` None: there is nothing to say, or it cannot be put into words. `unwanted`: why it
    would not be sent now.
    """

    message: DeliveryMessage | None
    unwanted: str | None


async def preview(conn: AsyncConnection, seq: int, now: datetime) -> Preview:
    """As the delivery's worker would decide now, and as it would write it."""
    row = await queue.load(conn, seq)
    people = await claims.readership(conn, row["channel"], [row])
    one = queue.loaded(row, refuses=people.refuses(row), refused=people.refused)
    why = lifecycle.unwanted(one.delivery, one.seen)
    try:
        message = written(one.delivery, now)
    except Exception as error:
        # Its worker would park the account for the same reason; the page shows it instead.
        return Preview(None, Failure("render", error).reason)
    return Preview(message, None if why is None else why.reason)


def written(delivery: Claimed, now: datetime) -> DeliveryMessage | None:
    contact = delivery.contact
    if delivery.task is not None:
        order = compose.task_order(delivery)
        return _message(delivery.locale, order.subject, order.body)
    if delivery.channel == EMAIL:
        if contact is None:
            return None
        mail = compose.mail(delivery, lambda _: _NO_LINK, now).text
        return _message(contact.locale, mail.subject, mail.text, mail.html)
    if delivery.channel == IN_APP:
        if contact is None:
            return None
        words = inbox_text(
            delivery.kind,  # type: ignore[arg-type]
            delivery.cls,  # type: ignore[arg-type]
            delivery.facts.read(),
            contact.role,
            contact.locale,
        )
        return _message(contact.locale, words.title, words.body)
    return _message(delivery.locale, body=json.loads(payload.body(delivery)))


def _message(
    locale: str,
    subject: str | None = None,
    text: str | None = None,
    html: str | None = None,
    *,
    body: Mapping[str, Any] | None = None,
) -> DeliveryMessage:
    return {
        "locale": locale,
        "subject": subject,
        "text": text,
        "html": html,
        "body": None if body is None else dict(body),
    }
