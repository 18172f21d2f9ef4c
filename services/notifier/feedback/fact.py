"""What readers do with an offer as facts about the account, as any other source would send them."""

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
    if (proposal := proposal_of(offer)) is not None:
        data["proposal"] = proposal
    return account_fact(SOURCE, offer.id, "proposal.answered", offer.account, now, data)


def viewed(offer: Row[Any] | None, now: datetime) -> list[Outgoing]:
    """It was read, or its link followed: one fact, whichever came first. None: nothing new."""
    proposal = None if offer is None else proposal_of(offer)
    if offer is None or proposal is None:
        return []
    data = {"proposal": proposal, "contact": offer.contact}
    id = f"{offer.id}:viewed"
    return [account_fact(SOURCE, id, "proposal.viewed", offer.account, now, data)]


def proposal_of(offer: Row[Any]) -> str | None:
    """The stored proposal: judgement's has a name by its decision, a person's that of its message.
    None: nobody stored one.
    """
    if offer.decision is not None:
        return identity("proposal", offer.decision)
    return str(offer.key) if offer.kind == "upgrade.proposal" else None
