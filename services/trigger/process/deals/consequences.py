"""What follows by itself once an entry stands: asked after each one, until nothing more does."""

from services.trigger.judgement.findings import routing
from services.trigger.process import money, stages
from services.trigger.process.deals import aftermath
from services.trigger.process.deals.opportunity import HANDED_ON, Opportunity, Owner
from services.trigger.process.handoff import course
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    JUDGEMENT,
    SUBSCRIPTION,
    Draft,
    Follows,
)

RANK = {"self_serve": 0, "cs": 1, "hybrid": 2, "sales": 2}
HELD_BY_PERSONS = frozenset({*stages.EARLY, "disqualified"})


NOTHING = Follows()


def follow(before: Opportunity, state: Opportunity, context: Context) -> Follows:
    """`before`: the log without its newest entry."""
    handed, found = course.follow(before, state, context), _follow(before, state, context)
    left = aftermath.effects(before, state, context)
    return Follows((*handed.drafts, *found.drafts), (*handed.effects, *found.effects, *left))


def _follow(before: Opportunity, state: Opportunity, context: Context) -> Follows:
    if state.is_closed:
        return NOTHING if before.is_closed else _after_closing(state, context)
    if any(one.state == "won" for one in state.lines) and not any(
        one.state == "open" for one in state.lines
    ):
        body = stages.closing(state, context, "closed_won")
        return Follows((Draft("move", body, SUBSCRIPTION),))
    if before.deal_value != state.deal_value and (found := _raised(state, context)) is not None:
        return found
    if (to := by_verdict(state, context)) is not None:
        move = {"to": to, "from": state.stage, "verdict": context.verdict}
        return Follows((Draft("move", move, JUDGEMENT),))
    return NOTHING


def _after_closing(state: Opportunity, context: Context) -> Follows:
    """A customer who bought is the CSM's."""
    if state.stage != "closed_won":
        return NOTHING
    csm = context.csm
    owner = Owner("cs", csm.id if csm else None, csm.name if csm else None)
    body = {"person": owner.id, "owner": owner.json(), "before": state.owner.json()}
    drafts = (Draft("owner", body, SUBSCRIPTION),) if owner != state.owner else ()
    return Follows(drafts)


def _raised(state: Opportunity, context: Context) -> Follows | None:
    """A deal that grew beyond whose it is; it never goes back down."""
    plan, target = context.plan, context.catalog.plans.get(state.to_plan)
    if plan is None or target is None or state.is_downsell:
        return None
    value, facts = state.deal_value, context.question.facts
    found = routing.route(
        routing.Offer(
            plan=plan,
            target=target,
            policy=context.policy,
            value=value,
            csm=facts.account.csm,
            deal=facts.record.deal,
            raised=state.owner.role in HANDED_ON,
            add_on=state.to_plan == state.from_plan,
        )
    )
    if RANK[found.owner] <= RANK[state.owner.role]:
        return None
    person = context.ae if found.owner == "sales" else context.csm
    owner = Owner(found.owner, person.id if person else None, person.name if person else None)
    if found.owner == "hybrid" and state.owner.id is not None:
        owner = Owner("hybrid", state.owner.id, state.owner.name)
    body = {
        "owner": owner.json(),
        "before": state.owner.json(),
        "rule": found.rule,
        "deal_value": money.said(value, state.currency),
    }
    asks = (course.due_task(state, context),) if found.owner == "hybrid" else ()
    return Follows((Draft("route", body, JUDGEMENT),), asks)


def by_verdict(state: Opportunity, context: Context) -> str | None:
    """The stage that the verdict leads to; None: it is there, or is not the verdict's to set."""
    if state.owner.role == "self_serve" or state.is_downsell:
        return None
    if state.set_by_person:
        if not context.lifted or state.stage not in HELD_BY_PERSONS:
            return None
    elif state.stage not in stages.EARLY:
        return None
    to = stages.verdict_stage(context.verdict)
    return None if to == state.stage else to
