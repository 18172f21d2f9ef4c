"""How a customer approves a budget: who, with which information, by when: entry `approval`."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from services.trigger.process.bodies import MOST, Day, Identifier, Text, Title
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Made
from services.trigger.process.log.entry_type import EntryType
from shared.values.bodies import Body
from shared.values.faults import Fault


class ApprovingPerson(Body):
    """`contact`: a contact of the account."""

    name: Title
    title: Title | None = None
    contact: Identifier | None = None


class ApprovalEntry(Body):
    """Replaces the former. `information`: what they need; `call`: whether we join one."""

    type: Literal["approval"]
    approvers: Annotated[list[ApprovingPerson], Field(max_length=MOST)]
    information: Annotated[list[Text], Field(max_length=MOST, default_factory=list)]
    decide_on: Day | None = None
    call: bool = False


def _checks(_state: Opportunity, body: ApprovalEntry, context: Context) -> Iterable[Fault]:
    known = {one.id for one in context.account.contacts}
    for n, one in enumerate(body.approvers):
        if one.contact is not None and one.contact not in known:
            yield Fault(f"/approvers/{n}/contact", "no contact of the account has this id")


def _made(_state: Opportunity, body: ApprovalEntry, _context: Context, _actor: Actor) -> Made:
    return Made(
        {
            "approvers": [one.model_dump(exclude_none=True) for one in body.approvers],
            "information": list(body.information),
            "decide_on": None if body.decide_on is None else body.decide_on.isoformat(),
            "call": body.call,
        }
    )


def _shown(state: Opportunity, _context: Context) -> dict[str, Any]:
    plans = list(state.of("approval"))
    return {"approval": dict(plans[-1].body) if plans else None}


APPROVAL = EntryType("approval", ApprovalEntry, checks=_checks, made=_made, shows=_shown)
