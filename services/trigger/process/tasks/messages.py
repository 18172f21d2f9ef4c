"""Tasks that messages of judgement and alerts ask for: how they open, are raised, and end. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import msgspec

from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.log.entries import Draft, Ending
from services.trigger.process.people import Person, in_charge
from services.trigger.process.tasks import copies
from services.trigger.process.tasks import words as wording
from services.trigger.process.tasks.openings import Ended, Opening
from services.trigger.process.tasks.places import Place
from services.trigger.process.tasks.reasons import REASONS, USAGE
from services.trigger.process.tasks.task import Task, TaskType
from shared.messages import Closed, Tell
from shared.messages import Owner as Named
from shared.values.identity import identity
from shared.values.levels import climbs as is_above
from shared.values.moments import iso

ENDINGS: Mapping[str, Ending] = {
    "limit": "success",
    "unlimited": "success",
    "below": "no_success",
    "correction": "no_success",
    "reset": "no_success",
    "cancelled": "invalid",
}
"""How the task of a meter ends, by what has cured its alert."""


def cured(closed: Closed) -> Ended:
    """No alert of this meter is open any more."""
    resolution = next((one.resolution for one in closed.alerts if one.resolution), "reset")
    return Ended(closed.account, USAGE, closed.meter, ENDINGS[resolution], resolution)


def opening(tell: Tell, place: Place, people: Mapping[str, Person]) -> Opening:
    asked = tell.task
    assert asked is not None
    assert asked.due_at is not None, "this version names the due date"
    has_key = place.reason == USAGE or place.known
    return Opening(
        account=tell.account,
        reason=place.reason,
        about=place.about,
        cause=tell.decision or tell.key,
        type=_type(place.reason),
        words=wording.stored(tell.facts),
        priority=asked.priority,
        owner=_owner(asked.owner, people),
        due_at=asked.due_at,
        opportunity=place.opportunity,
        alert=tell.alert,
        decision=tell.decision,
        id=asked.key if has_key else None,
    )


def subject(tell: Tell, place: Place) -> str:
    """The id of a task that such a message opens, unless it has one of its own."""
    return identity(tell.account, place.reason, place.about, tell.decision or tell.key)


def another(made: Opening, at: datetime) -> str:
    """The id of a task after one that was closed has the one that it would have."""
    return identity(made.account, made.reason, made.about, made.cause, iso(at))


def raising(made: Opening, tell: Tell, task: Task) -> Draft:
    """With less to do than before it is less urgent, and due when it was."""
    draft = made.raising(task)
    if not eases(tell):
        return draft
    eased = {"priority": made.priority, "due_at": iso(task.due_at)}
    return replace(draft, body={**draft.body, **eased})


def eases(tell: Tell) -> bool:
    return tell.task is not None and tell.task.eases


def climbs(tell: Tell, task: Task) -> bool:
    """Whether the threshold is higher than the one that the task was raised for last."""
    before = task.words.get("facts", {})
    if before.get("threshold") is None:
        return False
    told = before["threshold"], before.get("limit")
    return is_above(msgspec.to_builtins(tell.threshold), tell.facts.limit_text, [told])


def told(tell: Tell, task: Task, people: Mapping[str, Person]) -> Tell:
    """The message with the task as its log has it."""
    asked = tell.task
    assert asked is not None
    same = asked.owner is not None and asked.owner.id == task.owner.id
    owner = asked.owner if same else copies.owner_of(task, people)
    now = copies.copy(task, owner)
    return msgspec.structs.replace(
        tell, task=msgspec.structs.replace(now, purpose=asked.purpose, eases=asked.eases)
    )


def _type(reason: str) -> TaskType:
    """A gate of an extension may ask for a task of its own."""
    known = REASONS.get(reason)
    return "lifecycle" if known is None else known.type


def _owner(asked: Named | None, people: Mapping[str, Person]) -> Owner:
    """Who is not with us any more has a manager who is."""
    if asked is None:
        return Owner("cs")
    if asked.id not in people:
        return Owner(asked.role, asked.id, asked.name)
    heir = in_charge(asked.id, people)
    return Owner(asked.role, heir.id, heir.name) if heir is not None else Owner(asked.role)
