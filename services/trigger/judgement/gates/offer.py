"""The gates about the offer itself: which plan, is it worth it, who acts, is it ready for a person.

R-100..R-104, R-117, R-170..R-173, R-096.
"""

from datetime import timedelta
from typing import Any

from services.trigger.judgement.decision import Answer, blocked, passed, skipped
from services.trigger.judgement.economics.add_ons import AddOnOffer
from services.trigger.judgement.facts.types import ROUTINE
from services.trigger.judgement.findings.recommendation import cooled_down_at
from services.trigger.judgement.gates import claims
from services.trigger.judgement.gates.gate import Gate, Instead, days
from services.trigger.judgement.gates.opportunity import open_opportunity
from services.trigger.judgement.question import Question

_NO_FIGURE = {"goals": "their goals are not reached", "stated": "someone recorded it"}
"""Replaces evidence that is free text."""


def recommendation(case: Question) -> Answer:
    """R-100, R-101: one step up, and the next step only after a cool-down; an add-on is not a step.

    Blocks if the next plan is already bought.
    """
    if (sold := case.facts.sold(case.at)) is not None:
        day = sold.begins_at.astimezone(case.facts.account.zone).date()
        return blocked(
            f"{sold.plan} begins on {day}",
            {"plan": sold.plan, "begins_at": sold.begins_at},
            code="sold",
            retry_at=sold.begins_at,
        )
    if (add_on := case.add_on) is not None:
        return _add_on_instead(add_on)
    found = case.recommendation
    if found is None:
        return skipped("no plan above")
    if (until := cooled_down_at(case)) is not None:
        return blocked(
            f"the last upgrade is less than {case.policy.step_cooldown_days} days ago",
            {"upgraded_at": until - timedelta(days=case.policy.step_cooldown_days)},
            code="step_cooldown",
            retry_at=until,
        )
    if not found.multi_step:
        return passed(f"one step up: {found.plan.id}", {"plan": found.plan.id})
    evidence = {
        "plan": found.plan.id,
        "unsolved": found.unsolved,
        "covering": found.covering and found.covering.id,
        "approval": found.approval,
    }
    return passed(f"one step up: {found.plan.id}; {found.note.en if found.note else ''}", evidence)


def _add_on_instead(add_on: AddOnOffer) -> Answer:
    return passed(
        f"add_on: {add_on.quantity} more {add_on.id} instead of a step up",
        {
            "add_on": add_on.id,
            "name": {"en": add_on.name.en, "ja": add_on.name.ja},
            "quantity": add_on.quantity,
            "type": add_on.type,
        },
    )


def value(case: Question) -> Answer:
    """R-110, R-117, R-043, R-143: only true claims are made, and at least one must be left."""
    return (
        claims.gate(case, case.worth)
        if case.add_on is None
        else claims.gate_of_add_on(case, case.add_on, case.worth)
    )


def top_plan(case: Question) -> Answer:
    """R-102: above the highest plan there is nothing to sell except add-ons."""
    if case.plan is None:
        return skipped("no plan yet")
    if case.next_plan is not None:
        return passed(f"{case.next_plan.id} is above {case.plan.id}")
    if case.add_on is not None:
        return passed(
            f"{case.plan.id} is the highest; {case.add_on.id} is sold with it",
            {"add_on": case.add_on.id},
        )
    return blocked(
        f"{case.plan.id} is the highest",
        {"plan": case.plan.id},
        code="no_upper_plan",
        clears_when="a higher plan is offered",
    )


def route(case: Question) -> Answer:
    found = case.route
    if found is None:
        return skipped("no plan above")
    evidence = {
        "rule": found.rule,
        "deal_value": found.deal_value,
        "currency": found.currency,
        "reasons": found.reasons,
    }
    if (
        found.owner == "self_serve"
        and case.facts.subscription is not None
        and not case.facts.buyers
    ):
        reason = (
            f"{found.owner} by {found.rule}; "
            "no_buyer: no contact has buying authority, so the CSM is told instead"
        )
        return passed(reason, {**evidence, "buyers": 0})
    return passed(f"{found.owner} by {found.rule}", evidence)


def qualification(case: Question) -> Answer:
    """Blocks only if they are not ready (R-096), or a person has said that this deal is none;
    unknowns become questions in the task.
    """
    existing = open_opportunity(case) if case.offers else None
    if existing is not None and existing.stage == "disqualified":
        return blocked(
            "a person has taken this deal out",
            {"disqualified": existing.plan},
            code="disqualified",
            clears_when="a need, a budget or a value is stated",
        )
    found = case.qualification
    if found is None:
        return skipped("nobody acts")
    evidence: dict[str, Any] = {finding.criterion: finding.verdict for finding in found.findings}
    if found.verdict == "not_yet":
        against = found.dissatisfying
        figures = [
            _NO_FIGURE.get(name) or str(numbers["figure"]) for name, numbers in against.items()
        ]
        return blocked(
            f"they are not satisfied with the present plan ({'; '.join(figures)})",
            {**evidence, "against": against},
            code=found.verdict,
            clears_when="they are satisfied with the present plan",
        )
    return passed(found.verdict, evidence)


TOP_PLAN = Gate("top_plan", top_plan)
RECOMMENDATION = Gate("recommendation", recommendation, ended_by=frozenset({"feature.gated"}))
VALUE = Gate("value", value, withholds=True)
ROUTE = Gate("route", route)
QUALIFICATION = Gate(
    "qualification",
    qualification,
    withholds=True,
    remedy=Instead("adoption", days(7)),
    ended_by=ROUTINE,
)
