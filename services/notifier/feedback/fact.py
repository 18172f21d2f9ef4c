"""The answer as a fact about the account, as any other source would send it."""

import json
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row

from shared.kafka.clients import Outgoing
from shared.messages import ACCOUNT_EVENTS
from shared.values.identity import identity
from shared.values.moments import iso

Answer = Literal["helpful", "unwanted"]
SOURCE = "/plimsoll/feedback"


def answered(offer: Row[Any], answer: Answer, now: datetime) -> Outgoing:
    """`id` is the notification's: the first answer counts, whatever way it came."""
    data: dict[str, Any] = {"answer": answer, "contact": offer.contact}
    if offer.decision is not None:
        data["proposal"] = identity("proposal", offer.decision)
    event = {
        "specversion": "1.0",
        "id": offer.id,
        "source": SOURCE,
        "type": "proposal.answered",
        "subject": offer.account,
        "time": iso(now),
        "data": data,
    }
    return Outgoing(
        ACCOUNT_EVENTS,
        offer.account.encode(),
        json.dumps(event).encode(),
        (("content-type", b"application/cloudevents+json"),),
    )
