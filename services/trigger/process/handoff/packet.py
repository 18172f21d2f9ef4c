"""What Sales get to know with a deal (R-175): taken when they are asked, and kept in the entry."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from services.trigger.judgement.decision import plain
from services.trigger.judgement.economics.comparison import compare
from services.trigger.judgement.gates.offer import VALUE
from services.trigger.process.angles import COMPARED
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.remarks import stakeholders
from services.trigger.process.talk import objections, questions
from services.trigger.process.talk.wants import CERTAIN, wants
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.values.quantities import plain as exact

MOST = 100
"""Of notes, and of pieces of evidence: the newest."""


def packet(state: Opportunity, context: Context) -> dict[str, Any]:
    """In JSON."""
    view = context.overview
    found: dict[str, Any] = {
        "account": _account(context),
        "plan": _plan(context),
        "usage": _usage(context),
        "alerts": view.get("alerts", []),
        "health": view.get("health"),
        "nps": view.get("nps"),
        "loyalty": view.get("loyalty"),
        "needs": [one.json(context) for one in wants(state, context)],
        "qualification": context.qualification.json() if context.qualification else None,
        "answers": [
            {"question": key, **answer} for key, answer in questions.answers(state).items()
        ],
        "notes": _notes(state),
        "stakeholders": stakeholders(state, context)["stakeholders"],
        "value": _value(state),
        "comparison": _comparison(state, context),
        "objections": objections.shown(state, context)["objections"],
        "proposal_history": view.get("proposal_history", []),
        "next_step": None if state.next_step is None else dict(state.next_step),
        "risks": _risks(context),
    }
    told: dict[str, Any] = plain(found)
    return told


def incomplete(state: Opportunity, context: Context) -> Iterable[Fault]:
    """What Sales would have to ask again."""
    if "decision_maker" not in _roles(state, context):
        yield _fault("stakeholders", "nobody is known who decides")
    if not any(one.status in CERTAIN for one in wants(state, context)):
        yield _fault("needs", "no need is confirmed or measured")
    given = questions.answers(state)
    if missing := [key for key in questions.DISCOVERY if key not in given]:
        yield _fault("answers", f"{', '.join(missing)} not answered")
    if context.verdict != "qualified":
        yield _fault("qualification", f"the verdict is {context.verdict or 'unknown'}")
    if next(state.of("value"), None) is None and not _is_worth_it(context):
        yield _fault("value", "no value is stated, and the step needs one")
    if state.next_step is None:
        yield _fault("next_step", "no next step is agreed")


def _fault(part: str, why: str) -> Fault:
    return Fault(f"/packet/{part}", f"handoff_incomplete: {why}")


def _roles(state: Opportunity, context: Context) -> set[str]:
    named = {str(one["role"]) for one in stakeholders(state, context)["stakeholders"]}
    return named | {one.role for one in context.account.contacts}


def _is_worth_it(context: Context) -> bool:
    """Whether the gate `value` passes for what is raised and still open."""
    question = context.question
    live = tuple(one for one in question.facts.signals if one.holds(context.at))
    return VALUE.ask(replace(question, signals=live)).result == "pass"


def _account(context: Context) -> Mapping[str, Any]:
    one = context.account
    return {
        "id": one.id,
        "name": one.name,
        "locale": one.locale,
        "time_zone": one.time_zone,
        "country": one.country,
        "currency": one.currency,
        "segment": one.segment,
        "employees": one.employees,
        "customer_since": context.question.facts.contract.customer_since,
        "contacts": [{"id": who.id, "name": who.name, "role": who.role} for who in one.contacts],
    }


def _plan(context: Context) -> Mapping[str, Any] | None:
    running = context.question.facts.subscription
    if running is None:
        return None
    return {
        "id": running.plan,
        "interval": running.interval,
        "quantity": running.quantity,
        "started_at": running.started_at,
        "renewal_date": running.renewal_date,
        "add_ons": dict(running.add_ons),
    }


def _usage(context: Context) -> list[Mapping[str, Any]]:
    return [
        {
            "meter": one.meter,
            "used": exact(one.used),
            "limit": None if one.limit is None else exact(one.limit),
            "percent": one.percent,
        }
        for one in context.question.facts.usage.values()
    ]


def _notes(state: Opportunity) -> list[Mapping[str, Any]]:
    return [
        {"text": one.body["text"], "by": one.by.id, "at": iso(one.at)}
        for one in [*state.of("note")][-MOST:]
    ]


def _value(state: Opportunity) -> Mapping[str, Any] | None:
    """The newest version."""
    versions = [*state.of("value")]
    return dict(versions[-1].body) if versions else None


def _comparison(state: Opportunity, context: Context) -> list[Any]:
    target = context.catalog.plans.get(state.to_plan)
    if context.plan is None or target is None:
        return []
    question = context.question
    rows = compare(context.catalog, context.plan, target, question.needs, context.account.locale)
    return [row.json() for row in rows]


def _risks(context: Context) -> Mapping[str, Any]:
    """What keeps us from selling now, and where they compare us with others."""
    proofs = (one for one in context.question.facts.record.proofs if one.kind == COMPARED)
    compared = sorted(proofs, key=lambda one: one.at)[-MOST:]
    return {
        "suppressions": context.overview.get("suppressions", []),
        "competitor": [{"text": one.text, "at": one.at} for one in compared],
    }
