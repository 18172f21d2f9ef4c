"""A person's proposal as a message: judgement's words, in the name of the owner of the deal."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import msgspec

from services.trigger.judgement.economics.prices import PriceStep, price_step
from services.trigger.judgement.findings import timing
from services.trigger.judgement.findings.scenarios import classify
from services.trigger.judgement.findings.signals import by_priority
from services.trigger.judgement.words import proposal as words
from services.trigger.process.angles import Angle
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.lines import Line
from services.trigger.process.log.context import Context
from services.trigger.process.proposal.question import DealQuestion, words_of
from services.trigger.process.talk.speech import spoken
from services.trigger.process.talk.wants import refuted
from services.trigger.proposals.effects.account_facts import base_facts, link, sender
from shared.catalog import Plan
from shared.messages import Facts, Recipient, Tell
from shared.messages.facts import (
    AddOnFacts,
    LinkFacts,
    PersonFacts,
    ProposalFacts,
    SaidFacts,
    SignedFacts,
    ValueFacts,
)
from shared.values.money import round_money
from shared.values.quantities import EXACT, plain


def message(
    state: Opportunity, context: Context, id: str, readers: Sequence[str], angle: str | None
) -> Tell:
    """`id`: of the proposal and its entry, and the key of its message, so that answers name it."""
    proposes, facts = state.add_on or state.to_plan, _facts(state, context, angle)
    hours = {
        one.contact: one.not_before
        for one in timing.readers(
            context.question.facts,
            context.at,
            with_notice=False,
            holidays=context.policy.holidays,
        )
    }
    return Tell(
        key=id,
        kind="upgrade.proposal",
        cls="proposal",
        account=state.account,
        created_at=context.at,
        facts=facts,
        recipients=tuple(Recipient(one, proposes, hours.get(one)) for one in readers),
        webhook=True,
        meter=facts.meter.id if facts.meter is not None else None,
        threshold=facts.threshold,
        proposes=proposes,
    )


def _facts(state: Opportunity, context: Context, angle: str | None) -> Facts:
    loaded, unwanted = context.loaded, frozenset(refuted(state, context))
    question = words_of(state, context.question, unwanted)
    assert loaded is not None, "loaded where somebody appends"
    told: Facts = base_facts(loaded)
    if question.offers:
        told = words.with_usage(question, base_facts(loaded))
    owner = context.persons.get(state.owner.id) if state.owner.id else None
    return msgspec.structs.replace(
        told,
        owner=told.owner if owner is None else PersonFacts(owner.name, owner.email),
        links=LinkFacts(link(loaded, "upgrade", state.to_plan), told.links.usage),
        sender=sender(loaded),
        signed=SignedFacts(state.id),
        proposal=_offer(state, question, context, _put_forward(state, context, angle)),
    )


def _put_forward(state: Opportunity, context: Context, key: str | None) -> Angle | None:
    return next((one for one in spoken(state, context) if one.key == key), None)


def _offer(
    state: Opportunity, question: DealQuestion, context: Context, angle: Angle | None
) -> ProposalFacts:
    plan, target, add_on = question.plan, question.target, question.add_on
    assert plan is not None, "an account with a deal has a plan"
    step = limit = None
    if add_on is not None:
        step, limit = add_on.price, add_on.limit
    elif target is not None:
        step = price_step(plan, target, question.facts.subscription)
        step = _agreed(step, state.line(target.id))
        meter = words.meter_of(question)
        limit = target.limit(meter.id) if meter is not None and meter.id in target.limits else None
    beside = _beside(state, question, context) if target is None else None
    assumed = _assumed(question, angle)
    return ProposalFacts(
        plan=words.plan_facts(target or plan) if beside is None else None,
        add_on=beside,
        current=words.plan_facts(plan),
        price_step=None if step is None else step.facts(),
        limit_text=None if limit is None else plain(limit),
        reasons=by_priority(one.type for one in question.signals),
        scenario=next(iter(classify(question)), None),
        sentences=tuple(_sentences(question, target or plan, angle, is_bare=beside is None)),
        value=ValueFacts(assumed) if assumed else None,
        self_serve=state.owner.role == "self_serve",
        holidays=question.policy.holidays,
    )


def _sentences(
    question: DealQuestion, plan: Plan, angle: Angle | None, *, is_bare: bool
) -> Iterable[SaidFacts]:
    """What is put forward, then the reasons; at the least what it is about."""
    spoken = [SaidFacts(key, dict(said)) for key, said in (angle.said if angle else ())]
    found = [*spoken, *words.offered(question)]
    return (
        found
        if found or not is_bare
        else [words.say("proposal.title", plan=words.named(plan.name))]
    )


def _assumed(question: DealQuestion, angle: Angle | None) -> tuple[str, ...]:
    """What nobody has stated, of the value and of what is put forward (R-114)."""
    worth = question.worth
    of_value = worth.value.assumed if worth.value is not None and worth.roi else ()
    return tuple(dict.fromkeys((*of_value, *(angle.assumed if angle else ()))))


def _beside(state: Opportunity, question: DealQuestion, context: Context) -> AddOnFacts | None:
    """What is sold beside the present plan: as judgement offers it, else the deal's first line."""
    if question.add_on is not None:
        return words.add_on_facts(question.add_on)
    catalog = context.catalog
    for line in state.lines:
        if line.state == "open" and line.item in catalog.add_ons:
            name = words.named(catalog.add_ons[line.item].name)
            return AddOnFacts(line.item, name, line.quantity)
        if line.state == "open" and line.item in catalog.meters:
            meter = catalog.meters[line.item]
            return AddOnFacts(line.item, words.named(meter.name), line.quantity, meter.unit)
    return None


def _agreed(step: PriceStep | None, line: Line | None) -> PriceStep | None:
    """The price of the step less what was taken off it."""
    if step is None or line is None or line.list_year is None or line.year is None:
        return step
    off = EXACT.subtract(line.list_year, line.year)
    if step.interval == "month":
        off = round_money(Fraction(off) / 12, step.currency)
    difference = None if step.difference is None else EXACT.subtract(step.difference, off)
    return replace(
        step, price=max(Decimal(0), EXACT.subtract(step.price, off)), difference=difference
    )
