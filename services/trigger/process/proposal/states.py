"""What was proposed in a deal, and what became of it: entries `proposal`, by Plimsoll."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from typing_extensions import TypedDict

from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import JUDGEMENT, TIMER, By, Draft
from services.trigger.process.log.entry_type import EntryType
from shared.answers import MomentText, MoneyText

State = Literal["sent", "viewed", "accepted", "declined", "expired", "superseded", "withdrawn"]
OPEN = frozenset({"sent", "viewed"})
"""The customer has not answered yet."""
SEEN_BY = {"message": "email", "person": "person"}
"""The channel of a stored proposal, as a deal shows it; what stands on a quote is none of its."""


class DealProposalShown(TypedDict):
    """`plan`: what it leads to; `year`: what the deal came to then, null where a price is custom.
    `contacts`: to whom. `angle`: what was put forward.
    """

    id: str
    at: MomentText
    channel: Literal["email", "person"]
    plan: str
    year: MoneyText | None
    state: State
    expires_at: MomentText
    contacts: list[str]
    angle: str | None


Proposal = Mapping[str, Any]
"""A `DealProposalShown`, as an entry holds it."""


def proposals(state: Opportunity) -> list[Proposal]:
    """As they are now, the oldest first."""
    newest: dict[str, Proposal] = {one.body["id"]: one.body for one in state.of("proposal")}
    return list(newest.values())


def newest(state: Opportunity) -> Proposal | None:
    return next(reversed(proposals(state)), None)


def of_id(state: Opportunity, id: str) -> Proposal | None:
    return next((one for one in proposals(state) if one["id"] == id), None)


def has_expired(state: Opportunity) -> bool:
    """Whether nobody answered the last one in time."""
    last = newest(state)
    return last is not None and last["state"] == "expired"


def waiting(state: Opportunity) -> list[Proposal]:
    return [one for one in proposals(state) if one["state"] in OPEN]


def sent(state: Opportunity, proposal: Proposal) -> list[Draft]:
    """A new one takes the place of those that still wait for an answer."""
    older = [_entry(one, "superseded") for one in waiting(state)]
    return [*older, _entry(proposal, "sent")]


def _entry(proposal: Proposal, to: State, by: By = JUDGEMENT) -> Draft:
    return Draft("proposal", {**proposal, "state": to}, by)


def changed(state: Opportunity, id: str, to: State, by: By = JUDGEMENT) -> list[Draft]:
    """Nothing where it is that already, or is over: what was accepted is not viewed any more."""
    found = of_id(state, id)
    if found is None or not _may_become(str(found["state"]), to):
        return []
    return [_entry(found, to, by)]


def _may_become(now: str, to: State) -> bool:
    """An answer counts even if it comes late, or after another answer."""
    if to in ("accepted", "declined"):
        return now != to
    return now == "sent" if to == "viewed" else now in OPEN


def expired(state: Opportunity, now: datetime) -> list[Draft]:
    return [
        _entry(one, "expired", TIMER)
        for one in waiting(state)
        if datetime.fromisoformat(one["expires_at"]) <= now
    ]


def _shown(state: Opportunity, _context: Context) -> dict[str, Any]:
    return {"proposals": [shown(one) for one in proposals(state)]}


def shown(proposal: Proposal) -> dict[str, Any]:
    return {name: proposal[name] for name in DealProposalShown.__annotations__}


PROPOSAL = EntryType("proposal", shows=_shown)
