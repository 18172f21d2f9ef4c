"""What follows from a hand-off by itself: tasks, timers, and what becomes of one that nobody
answers.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.trigger.process.deals.opportunity import Opportunity, Owner
from services.trigger.process.handoff.status import Standing, standing
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    TIMER,
    Draft,
    Effect,
    Ending,
    Entry,
    Follows,
    TaskEnded,
    TaskOpened,
    TimerDropped,
    TimerSet,
)
from shared.messages.facts import SaidFacts, TaskFacts

ANSWER, CONTACT = "deal_handoff", "deal_contact"
"""Timers: until an answer, until the first contact."""
TIMERS = (ANSWER, CONTACT)
RAISED = "deal_raised"
"""Says that judgement has passed a deal on to Sales and its CSM."""
_TASKS = ("handoff", "handoff_due", "handoff_returned", "first_contact")


def follow(before: Opportunity, state: Opportunity, context: Context) -> Follows:
    """`before`: the log without its newest entry."""
    newest = state.entries[-1]
    if newest.type == "handoff":
        return Follows(effects=tuple(_of_act(newest, state, context)))
    if state.is_closed and not before.is_closed:
        return _closed(state)
    was, now = standing(before), standing(state)
    if was is not None and now is not None and was.waits_for_contact and now.contact is not None:
        return Follows(effects=(TimerDropped(CONTACT), _ended("first_contact", state, "success")))
    return Follows()


def _of_act(entry: Entry, state: Opportunity, context: Context) -> Iterator[Effect]:
    found = standing(state)
    assert found is not None, "an act is about a request"
    match entry.body["action"]:
        case "request":
            yield from _asked(found, state, context)
        case "accept":
            yield from _taken(found, state, context)
        case "reject" | "timed_out" as action:
            yield TimerDropped(ANSWER)
            yield _ended("handoff", state, "success" if action == "reject" else "no_success")
            yield _returned(action, entry, state, context)
        case "returned":
            yield TimerDropped(CONTACT)
            yield _ended("first_contact", state, "no_success")
            yield _returned("returned", entry, state, context)
        case "withdrawn":
            yield TimerDropped(ANSWER)
            yield _ended("handoff", state, "no_success")


def _asked(found: Standing, state: Opportunity, context: Context) -> Iterator[Effect]:
    assert found.due_at is not None, "every request has one"
    yield TimerSet(ANSWER, found.due_at)
    yield from (_ended(one, state, "success") for one in ("handoff_due", "handoff_returned"))
    named = {"owner": {"name": _name(found.request.body["from"], context)}}
    yield TaskOpened(
        "handoff",
        state.id,
        TaskFacts(
            happened=(SaidFacts("handoff.asked", named),),
            next_step=(SaidFacts("next.handoff.answer"),),
        ),
        owner=found.to,
        due_at=found.due_at,
    )


def _taken(found: Standing, state: Opportunity, context: Context) -> Iterator[Effect]:
    assert found.answer is not None
    assert found.contact_due is not None
    yield TimerDropped(ANSWER)
    yield _ended("handoff", state, "success")
    yield TimerSet(CONTACT, found.contact_due)
    named = {"owner": {"name": _name(found.request.body["from"], context)}}
    yield TaskOpened(
        "first_contact",
        state.id,
        TaskFacts(
            happened=(SaidFacts("handoff.taken", named),),
            next_step=(SaidFacts("next.first_contact"),),
        ),
        owner=found.answer.body["owner"]["id"],
        due_at=found.contact_due,
    )


def _returned(action: str, entry: Entry, state: Opportunity, context: Context) -> TaskOpened:
    named = {"owner": {"name": _name(entry.body["to"], context)}}
    happened = [SaidFacts(f"handoff.{action}", named)]
    if entry.body.get("text"):
        happened.append(SaidFacts("handoff.said", {"text": entry.body["text"]}))
    words = TaskFacts(happened=tuple(happened), next_step=(SaidFacts("next.handoff.again"),))
    return TaskOpened("handoff_returned", state.id, words)


def passed_on(state: Opportunity, before: str, heir: str) -> list[Draft]:
    """Who has followed the one that was asked answers in their place, in the same time."""
    found = standing(state)
    if state.is_closed or found is None or not found.is_open or found.to != before:
        return []
    return [Draft("handoff", {"action": "passed", "from": before, "to": heir})]


def is_handed_on(state: Opportunity) -> bool:
    """Whether Sales are asked, or have it."""
    found = standing(state)
    return found is not None and found.state in ("requested", "accepted")


def due_task(state: Opportunity, context: Context) -> TaskOpened:
    """A deal grew beyond its CSM: Sales are to be asked (R-171)."""
    ae = context.ae
    named = {"owner": {"name": ae.name}} if ae is not None else {}
    words = TaskFacts(
        happened=(SaidFacts("handoff.raised"),), next_step=(SaidFacts("next.handoff", named),)
    )
    return TaskOpened("handoff_due", state.id, words)


def _closed(state: Opportunity) -> Follows:
    """Nobody has to answer any more, nor to get in touch."""
    found = standing(state)
    ended: list[Effect] = [_ended(one, state, "no_success") for one in _TASKS[1:]]
    if found is not None and found.waits_for_contact:
        ended.append(TimerDropped(CONTACT))
    if found is None or not found.is_open:
        return Follows(effects=tuple(ended))
    withdrawn = Draft("handoff", {"action": "withdrawn", "to": found.to})
    return Follows((withdrawn,), tuple(ended))


def _ended(reason: str, state: Opportunity, outcome: Ending) -> TaskEnded:
    return TaskEnded(reason, state.id, outcome)


def over(state: Opportunity, timer: str, context: Context) -> list[Draft]:
    """What to append now that the time is over; nothing where it is not, after all."""
    found = standing(state)
    if state.is_closed or found is None:
        return []
    if timer == ANSWER and found.is_open and _is_past(found.due_at, context):
        return [Draft("handoff", {"action": "timed_out", "to": found.to}, TIMER)]
    if timer == CONTACT and found.waits_for_contact and _is_past(found.contact_due, context):
        return list(_back(found, state, context))
    return []


def _is_past(due: datetime | None, context: Context) -> bool:
    return due is not None and context.at >= due


def _back(found: Standing, state: Opportunity, context: Context) -> Sequence[Draft]:
    """The CSM has it again."""
    csm, role = context.csm, state.owner.role
    owner = Owner(role, csm.id, csm.name) if csm is not None else Owner(role)
    assert found.answer is not None, "it was accepted"
    returned = {"action": "returned", "to": found.answer.body["to"]}
    given = {"person": owner.id, "owner": owner.json(), "before": state.owner.json()}
    return (
        Draft("handoff", returned, TIMER),
        *((Draft("owner", given, TIMER),) if owner != state.owner else ()),
    )


def _name(person: str | None, context: Context) -> str:
    return context.name_of(person) or person or ""
