"""Whether somebody else of ours has just written to the customer: no two voices within 24 hours
(R-179).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor
from services.trigger.process.log.voice import Voice
from shared.values.moments import iso

SPOKEN = frozenset({"message", "reply", "propose"})
"""The types of entries that may be mails."""
APART = timedelta(hours=24)


def speaker(state: Opportunity, actor: Actor | None) -> str | None:
    """A key without a person speaks for the owner."""
    if actor is not None and actor.person is not None:
        return actor.person.id
    return state.owner.id


def signed(state: Opportunity) -> dict[str, Any]:
    """What the entry of a mail says besides: who would sign it now."""
    return {"signed_by": state.owner.id}


def two_voices(state: Opportunity, context: Context) -> Iterator[str]:
    """Why a mail may not be sent now; `context.voices`: the mails of the account's deals."""
    me = speaker(state, context.actor)
    until = blocked_until(context.voices, me, context.at)
    if until is not None:
        yield f"two_voices: until {iso(until)}"


def blocked_until(voices: Iterable[Voice], me: str | None, now: datetime) -> datetime | None:
    """What was signed anew, by an owner who came after it was written, counts for nobody."""
    others = (one for one in voices if one.by not in (None, me) and not one.is_signed_anew)
    ends = (max(one.at, now) + APART if one.waits else one.at + APART for one in others)
    return max((end for end in ends if end > now), default=None)
