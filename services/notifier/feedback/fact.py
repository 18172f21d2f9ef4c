"""The answer as a fact about the account, as any other source would send it."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row

from services.notifier.account_fact import account_fact
from shared.kafka.clients import Outgoing
from shared.values.identity import identity

Answer = Literal["helpful", "unwanted"]
SOURCE = "/plimsoll/feedback"


def answered(offer: Row[Any], answer: Answer, now: datetime) -> Outgoing:
    """`id` is the notification's: the first answer counts, whatever way it came."""
    data: dict[str, Any] = {"answer": answer, "contact": offer.contact}
    if offer.decision is not None:
        data["proposal"] = identity("proposal", offer.decision)
    return account_fact(SOURCE, offer.id, "proposal.answered", offer.account, now, data)
