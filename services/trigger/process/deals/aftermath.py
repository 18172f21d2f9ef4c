"""What a deal that is closed leaves to do, and which tasks an entry of a deal ends. Pure."""

from typing import Literal

from services.trigger.judgement.words.proposal import named, say
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Effect, TaskEnded, TaskGiven, TaskOpened
from services.trigger.process.tasks.beside import CROSS_SELL
from shared.messages.facts import Name, SaidFacts, TaskFacts
from shared.values.moments import iso

IMPLEMENTATION, OPPORTUNITY = "implementation", "opportunity"


def task_about(state: Opportunity) -> str:
    """What the deal's own task is about: its plan, or the add-on that is offered beside it."""
    return state.add_on or state.to_plan


def effects(before: Opportunity, state: Opportunity, context: Context) -> tuple[Effect, ...]:
    """`before`: the log without its newest entry."""
    if state.is_closed and not before.is_closed:
        return _closed(state, context)
    if [one.type for one in state.entries[-2:]] == ["handoff", "owner"]:
        return (_handed(state),)
    known = {one.id for one in before.lines}
    if any(one.type == CROSS_SELL and one.id not in known for one in state.lines):
        return (TaskEnded(CROSS_SELL, state.to_plan, "success"),)
    return ()


def _handed(state: Opportunity) -> TaskGiven:
    """The deal's own task goes where the deal goes: to Sales, and back."""
    answer = state.entries[-2].body["action"]
    role: Literal["cs", "sales"] = "sales" if answer == "accept" else "cs"
    return TaskGiven(OPPORTUNITY, task_about(state), role, state.owner.id, state.owner.name)


def _closed(state: Opportunity, context: Context) -> tuple[Effect, ...]:
    """Its own task is over; what was bought has to be put to use."""
    if state.stage != "closed_won":
        return (TaskEnded(OPPORTUNITY, task_about(state), "no_success"),)
    return (
        TaskEnded(OPPORTUNITY, task_about(state), "success"),
        TaskOpened(IMPLEMENTATION, "", _words(state, context), opportunity=state.id),
    )


def _words(state: Opportunity, context: Context) -> TaskFacts:
    bought: list[Name | str] = [
        _name(one.item, context) for one in state.lines if one.state == "won"
    ]
    return TaskFacts(
        happened=(_happened(bought, context),),
        why_now=(say("why.bought"),),
        do_not_say=(say("avoid.next_plan"),),
        next_step=(say("next.implementation"),),
    )


def _happened(bought: list[Name | str], context: Context) -> SaidFacts:
    if not bought:
        return say("signal.won.unnamed", date=iso(context.at))
    return say("signal.won", items=bought, date=iso(context.at))


def _name(item: str, context: Context) -> Name | str:
    catalog = context.catalog
    known = catalog.plans.get(item) or catalog.add_ons.get(item)
    return item if known is None else named(known.name)
