"""How the log of an opportunity begins: by hand, by judgement, or with what an older row says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.trigger.judgement.decision import Route
from services.trigger.judgement.economics.prices import yearly_price
from services.trigger.judgement.findings import downsell, routing
from services.trigger.process import money, stages
from services.trigger.process.bodies import Identifier, Text
from services.trigger.process.deals.opportunity import DOWNSELL, Owner
from services.trigger.process.lines import Line, Shop
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Draft, Refused
from services.trigger.process.people import NOT_OWNER, NOT_YOUR_ROLE, Person
from shared.catalog import Plan
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.values.moments import iso

BY_HAND = "by_hand"
Open = Sequence[tuple[str, str, str | None]]
"""The account's open opportunities: id, target plan, add-on."""


class BeginBody(Body):
    """`to_plan`: one of the own plan's family; the own plan itself for lines beside it."""

    to_plan: Identifier
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class First:
    """What the first entry of a log says."""

    from_plan: str | None
    to_plan: str
    stage: str
    owner: Owner
    rule: str
    reasons: tuple[str, ...]
    deal_value: Decimal | None
    currency: str
    lines: tuple[Line, ...] = ()
    add_on: str | None = None
    scenarios: tuple[str, ...] = ()
    decision: str | None = None
    created_at: datetime | None = None
    stage_since: datetime | None = None

    def draft(self) -> Draft:
        since = {
            name: iso(at)
            for name, at in (("created_at", self.created_at), ("stage_since", self.stage_since))
            if at is not None
        }
        body: dict[str, Any] = {
            "from_plan": self.from_plan,
            "to_plan": self.to_plan,
            "add_on": self.add_on,
            "stage": self.stage,
            "owner": self.owner.json(),
            "owner_rule": self.rule,
            "reasons": list(self.reasons),
            "scenarios": list(self.scenarios),
            "decision": self.decision,
            "deal_value": money.said(self.deal_value, self.currency),
            "currency": self.currency,
            "lines": [line.stored() for line in self.lines],
        }
        return Draft("opened", {**body, **since})


def may_begin(person: Person, context: Context) -> str | None:
    """Leaders, and the account's own two, or who stands in for them."""
    if person.leads:
        return None
    own = {one.id for one in (context.csm, context.ae) if one is not None}
    if person.id not in own:
        return NOT_OWNER
    return None if person.roles else NOT_YOUR_ROLE


def checks(body: BeginBody, context: Context) -> Iterable[Fault]:
    target, own = context.catalog.plans.get(body.to_plan), context.plan
    if target is None:
        yield Fault("/to_plan", "is not a plan of the catalogue")
    elif own is not None and target.family != own.family:
        yield Fault("/to_plan", f"is of another family than {own.id}")


def guards(body: BeginBody, context: Context, already: Open) -> Iterable[Fault]:
    own, target = context.plan, context.catalog.plans[body.to_plan]
    if own is None:
        yield Fault("/to_plan", "no_subscription: there is nothing to build on")
    for id, plan, add_on in already:
        if plan == body.to_plan and add_on is None:
            yield Fault("/to_plan", f"open_already: {id}")
    if own is not None and target.rank < own.rank:
        if not downsell.leaving(context.question):
            yield Fault("/to_plan", "no_cancel_intent: they have not said that they may leave")
        for one in downsell.too_much(context.question, target):
            yield Fault("/to_plan", f"does_not_fit: {one.meter}")


def refused(actor: Actor, body: BeginBody, context: Context, already: Open) -> Refused | None:
    """Whose first, then whether now."""
    person = actor.person
    if person is not None and (code := may_begin(person, context)) is not None:
        return Refused(403, (Fault("/to_plan", code),))
    faults = tuple(guards(body, context, already))
    return Refused(409, faults) if faults else None


def by_hand(body: BeginBody, context: Context) -> First:
    """Whose it is says judgement's route, where it stands the verdict now."""
    own, target = context.plan, context.catalog.plans[body.to_plan]
    assert own is not None, "guarded"
    line = shop_of(target, context).line("1", target.id) if target.id != own.id else None
    if target.rank < own.rank:
        kept = Route("cs", "OWN-2", None, target.currency)
        return _first(context, target, "identified", kept, DOWNSELL, Decimal(0), line)
    value = Decimal(0) if line is None else _deal_value(own, target, context)
    facts = context.question.facts
    route = routing.route(
        routing.Offer(
            plan=own,
            target=target,
            policy=context.policy,
            value=value,
            csm=facts.account.csm,
            deal=facts.record.deal,
            add_on=line is None,
        )
    )
    stage = stages.verdict_stage(context.verdict)
    return _first(context, target, stage, route, BY_HAND, value, line)


def _first(
    context: Context,
    target: Plan,
    stage: str,
    route: Route,
    reason: str,
    value: Decimal | None,
    line: Line | None,
) -> First:
    return First(
        from_plan=context.plan.id if context.plan else None,
        to_plan=target.id,
        stage=stage,
        owner=owner_of(route, context),
        rule=route.rule,
        reasons=(reason,),
        deal_value=value,
        currency=target.currency,
        lines=() if line is None else (line,),
    )


def _deal_value(own: Plan, target: Plan, context: Context) -> Decimal | None:
    running = context.question.facts.subscription
    quantity = running.quantity if running else 1
    return routing.deal_value(yearly_price(own, running), target, quantity, context.policy)


def shop_of(target: Plan, context: Context) -> Shop:
    return Shop(context.catalog, target, context.plan, context.question.facts.subscription)


def owner_of(route: Route, context: Context) -> Owner:
    """Whom the customer deals with: the CSM also where Sales closes; nobody for self-service."""
    person = {"cs": context.csm, "hybrid": context.csm, "sales": context.ae}.get(route.owner)
    return Owner(route.owner, person.id if person else None, person.name if person else None)
