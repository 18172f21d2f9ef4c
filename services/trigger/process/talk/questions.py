"""The questions that a person asks a customer, and what was answered: entry `answer`."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from services.trigger.process.bodies import MOST, Identifier, Text, Title
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Entry, Made, TaskEnded
from services.trigger.process.log.entry_type import EntryType, Statement, fields_of
from services.trigger.process.talk.wants import ConfirmedNeed
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.wording import sentence

DISCOVERY = ("discovery.1", "discovery.2", "discovery.3")
CURRENT = ("conversation.1.1", "conversation.1.2")
FUTURE = ("conversation.2.1", "conversation.2.2", "conversation.2.3")
NEXT = ("conversation.8.1", "conversation.8.2", "conversation.8.3")
MOST_USED = "discovery.2"
GOAL = "goal.quarter"
GOAL_TASK = "goal"
QUESTIONS = (*DISCOVERY, *CURRENT, *FUTURE, *NEXT, GOAL)
HORIZON_MONTHS = 12
"""How far ahead the questions about the future look."""


class AnswerEntry(Body):
    """`said_by`: a contact's id, or a name. `needs`: what the answer confirms that they need."""

    type: Literal["answer"]
    question: Identifier
    text: Text
    said_by: Title
    needs: Annotated[list[ConfirmedNeed], Field(max_length=MOST)] | None = None


def _checks(_state: Opportunity, body: AnswerEntry, context: Context) -> Iterable[Fault]:
    if body.question not in QUESTIONS:
        yield Fault("/question", f"must be one of {', '.join(QUESTIONS)}")
    for n, need in enumerate(body.needs or ()):
        yield from need.faults(f"/needs/{n}", context)


def _made(_state: Opportunity, body: AnswerEntry, _context: Context, _actor: Actor) -> Made:
    told = fields_of(body)
    needs = [
        {name: value for name, value in one.items() if value is not None}
        for one in told.get("needs") or ()
    ]
    if body.question in FUTURE:
        needs = [{**one, "horizon_months": HORIZON_MONTHS} for one in needs]
    ends = (TaskEnded(GOAL_TASK, "", "success"),) if body.question == GOAL else ()
    return Made({**told, "needs": needs}, effects=ends)


def _states(entry: Entry) -> Iterable[Statement]:
    """What they need is known of the account, too."""
    said = {"text": entry.body["text"], "said_by": entry.body["said_by"]}
    for need in entry.body["needs"]:
        yield "need.stated", {**need, **said}


def answers(state: Opportunity) -> Mapping[str, Mapping[str, Any]]:
    """The newest of each question."""
    return {
        entry.body["question"]: {
            "text": entry.body["text"],
            "said_by": entry.body.get("said_by"),
            "at": iso(entry.at),
        }
        for entry in state.of("answer")
    }


def shown(keys: Iterable[str], state: Opportunity, context: Context) -> list[dict[str, Any]]:
    """Each with its answer, in the language of the conversation."""
    given = answers(state)
    return [
        {
            "key": key,
            "text": text(key, state, context),
            "answer": given.get(key),
            "suggestion": _suggestion(key, context),
        }
        for key in keys
    ]


def _suggestion(key: str, context: Context) -> str | None:
    """What the answer may be: the feature that they used most of late."""
    return context.feature_name(context.most_used) if key == MOST_USED else None


def text(key: str, state: Opportunity, context: Context) -> str:
    plan = context.catalog.plans.get(state.to_plan)
    name = {"en": plan.name.en, "ja": plan.name.ja} if plan else state.to_plan
    return sentence(key, {"plan": name} if key in NEXT else {}, context.locale)


ANSWER = EntryType("answer", AnswerEntry, checks=_checks, made=_made, states=_states)
