"""An opportunity as `GET` shows it: what its log comes to, now."""

from typing import Any

from services.trigger.judgement.findings.cross_sell import suggestions
from services.trigger.judgement.findings.qualification import MEASURED
from services.trigger.judgement.shapes import QualificationShown
from services.trigger.process import lines, money, stages
from services.trigger.process.deals import flags
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.deals.shapes import MoveShown, OpportunityShown
from services.trigger.process.log.context import Context
from services.trigger.process.log.types import OPPORTUNITY
from services.trigger.process.proposal.entry import refusals_in_person
from services.trigger.process.proposal.states import has_expired
from services.trigger.process.stages import STAGES
from services.trigger.process.talk.speech import spoken
from shared.values.moments import iso
from shared.values.periods import local_date

LATER: dict[str, Any] = {
    "discovery": [],
    "steps": [],
    "needs": [],
    "angles": [],
    "assets": [],
    "suggestions": [],
}
"""What types of entries show that have nothing to show yet."""
WAITING = (["request"], ["passed"])
"""The last that was done about a hand-off while somebody is to answer it."""


def head(state: Opportunity) -> flags.Head:
    """What its row says besides."""
    handoffs = [one.body["action"] for one in state.of("handoff")]
    return flags.Head(
        stage=state.stage,
        stage_since=state.stage_since,
        role=state.owner.role,
        owner=state.owner.id,
        next_due=state.last_due,
        needs_quote=any(one.state != "lost" and one.year is None for one in state.lines),
        proposal_expired=has_expired(state),
        handoff_waiting=handoffs[-1:] in WAITING and not state.is_closed,
    )


def shown(state: Opportunity, context: Context) -> OpportunityShown:
    parts: dict[str, Any] = dict(LATER)
    for type_ in OPPORTUNITY:
        parts |= type_.shows(state, context) if type_.shows else {}
    found: Any = {
        **_identity(state),
        **_amounts(state),
        "flags": flags.flags(head(state), context.at, context.account.time_zone),
        "next_step": next_step(state, context),
        **parts,
        **_talk(state, context),
        "qualification": _qualification(context),
        "moves": moves(state, context),
    }
    shown: OpportunityShown = found
    return shown


def _qualification(context: Context) -> QualificationShown | None:
    """What is measured bears its day alone: it is of the moment of the question, and what is told
    of an opportunity is what `GET` shows of it afterwards.
    """
    if context.qualification is None:
        return None
    found = context.qualification.json()
    for criterion in found["criteria"]:
        for one in criterion["evidence"]:
            if one["source"] == MEASURED:
                one["date"] = f"{one['date'][:10]}T00:00:00Z"
    return found


def _identity(state: Opportunity) -> dict[str, Any]:
    loss = state.loss
    return {
        "id": state.id,
        "account": state.account,
        "from_plan": state.from_plan,
        "to_plan": state.to_plan,
        "add_on": state.add_on,
        "type": kind(state),
        "stage": state.stage,
        "stage_since": iso(state.stage_since),
        "owner": state.owner.json(),
        "owner_rule": state.owner_rule,
        "responsible": stages.responsible(state.stage, state.owner.role),
        "reasons": list(state.reasons),
        "scenarios": list(state.scenarios),
        "decision": state.decision,
        "created_at": iso(state.created_at),
        "closed_at": iso(state.closed_at),
        "loss": None if loss is None else {"reason": loss.reason, "text": loss.text},
        "revision": state.revision,
        "external_ids": dict(state.external_ids),
    }


def _talk(state: Opportunity, context: Context) -> dict[str, Any]:
    """What speaks for the plan now, and what is sold beside one that they have decided on."""
    locale = context.locale
    return {
        "angles": [one.json(locale) for one in spoken(state, context)],
        "suggestions": [one.json(locale) for one in suggestions(context.question)],
    }


def _amounts(state: Opportunity) -> dict[str, Any]:
    currency = state.currency
    return {
        "deal_value": money.said(state.deal_value, currency),
        "amount": lines.amount_json(state.lines, currency),
        "currency": currency,
        "credit": lines.credit_json(state.credit, lines.won_year(state.lines), currency),
        "lines": [one.json() for one in state.lines],
    }


def kind(state: Opportunity) -> str:
    """What kind of expansion it is about, in the words of decisions."""
    if state.add_on is None:
        return "plan_upgrade"
    first = state.lines[0].type if state.lines else "add_on"
    return "limit_add_on" if first == "add_on" else first


def next_step(state: Opportunity, context: Context) -> dict[str, Any] | None:
    if state.next_step is None:
        return None
    today = local_date(context.at, context.account.time_zone).isoformat()
    return {**state.next_step, "overdue": state.next_step["due"] < today}


def moves(state: Opportunity, context: Context) -> list[MoveShown]:
    """What `move` to each other stage would answer the owner now; a proposal leads to its own."""
    return [
        {"to": to, "allowed": not reasons, "reasons": reasons}
        for to in STAGES
        if to != state.stage
        for reasons in [_reasons(state, to, context)]
    ]


def _reasons(state: Opportunity, to: str, context: Context) -> list[str]:
    if state.is_closed:
        return [f"closed: it is {state.stage}"]
    if to == "proposal":
        return refusals_in_person(state, context)
    return list(stages.refusals(state, to, context))
