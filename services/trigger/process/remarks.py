"""What people note about a deal: notes, who matters there, ids elsewhere, the next step."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from services.trigger.process.bodies import Day, Identifier, Text, Title
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Entry, Made
from services.trigger.process.log.entry_type import EntryType, fields_of
from services.trigger.process.people import Person, speaks
from shared.values.bodies import Body
from shared.values.faults import Fault


class NoteEntry(Body):
    type: Literal["note"]
    text: Text


class StakeholderEntry(Body):
    """The same name replaces what was said before."""

    type: Literal["stakeholder"]
    name: Title
    role: Literal["decision_maker", "champion", "approver", "user", "other"]
    contact: Identifier | None = None
    note: Text | None = None


class LinkEntry(Body):
    """The deal's id in another system."""

    type: Literal["link"]
    system: Identifier
    id: Identifier


class NextStepEntry(Body):
    """`owner`: one of our people; `due`: today or later, where the account is."""

    type: Literal["next_step"]
    kind: Literal["formal_proposal", "trial", "involve_stakeholder"]
    owner: Identifier
    due: Day
    note: Text | None = None


def _speaks(state: Any, _body: Any, person: Person) -> str | None:
    return speaks(person, state.owner.id)


def _contact(_state: Any, body: StakeholderEntry, context: Context) -> Iterable[Fault]:
    known = {one.id for one in context.account.contacts}
    if body.contact is not None and body.contact not in known:
        yield Fault("/contact", "no contact of the account has this id")


def stakeholders(state: Opportunity, _context: Context) -> dict[str, Any]:
    newest = {entry.body["name"]: dict(entry.body) for entry in state.of("stakeholder")}
    return {"stakeholders": list(newest.values())}


def _linked(state: Opportunity, entry: Entry) -> Opportunity:
    ids = {**dict(state.external_ids), entry.body["system"]: entry.body["id"]}
    return replace(state, external_ids=tuple(ids.items()))


def _possible(_state: Any, body: NextStepEntry, context: Context) -> Iterable[Fault]:
    if body.owner not in context.persons:
        yield Fault("/owner", "no person has this id")
    if body.due < context.today:
        yield Fault("/due", "must be today or later")


def _next_made(_state: Any, body: NextStepEntry, _context: Context, _actor: Actor) -> Made:
    return Made(fields_of(body))


def _next(state: Opportunity, entry: Entry) -> Opportunity:
    body = dict(entry.body)
    step = {"type": body.pop("kind"), **body}
    due = date.fromisoformat(step["due"])
    return replace(state, next_step=step, last_due=max(due, state.last_due or due))


NOTE = EntryType("note", NoteEntry, who=_speaks, after_closing=True)
STAKEHOLDER = EntryType(
    "stakeholder", StakeholderEntry, who=_speaks, checks=_contact, shows=stakeholders
)
LINK = EntryType("link", LinkEntry, apply=_linked, after_closing=True)
NEXT_STEP = EntryType("next_step", NextStepEntry, checks=_possible, made=_next_made, apply=_next)
