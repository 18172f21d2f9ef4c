"""A deal is offered to Sales, who take it or say why not: entry `handoff`."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

from services.trigger.process.bodies import Identifier, Text
from services.trigger.process.deals.opportunity import Opportunity, Owner
from services.trigger.process.handoff import packet
from services.trigger.process.handoff.course import is_handed_on
from services.trigger.process.handoff.introduction import introduction
from services.trigger.process.handoff.status import Standing, shown, standing
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Draft, Made, next_id
from services.trigger.process.log.entry_type import EntryType
from services.trigger.process.people import NOT_OWNER, Person, in_charge, owns_or_leads
from services.trigger.process.stages import EARLY
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.values.periods import business_days_later

_FIELDS = {"request": {"to", "note"}, "accept": set[str](), "reject": {"reason", "text"}}
_REQUIRED = {"request": (), "accept": (), "reject": ("reason", "text")}


class HandoffEntry(Body):
    """`request`: `to` one of Sales, else the account's; `note` for them. `reject`: `reason` and
    `text`.
    """

    type: Literal["handoff"]
    action: Literal["request", "accept", "reject"]
    to: Identifier | None = None
    note: Text | None = None
    reason: Literal["not_qualified", "incomplete", "wrong_owner", "no_capacity", "other"] | None = (
        None
    )
    text: Text | None = None


def _who(state: Opportunity, body: HandoffEntry, person: Person) -> str | None:
    """The owner asks; whom they asked answers; leaders do both."""
    if body.action == "request":
        return owns_or_leads(person, state.owner.id)
    found = standing(state)
    is_asked = found is not None and found.to == person.id
    return None if person.leads or is_asked else NOT_OWNER


def _checks(_state: Opportunity, body: HandoffEntry, context: Context) -> Iterable[Fault]:
    given = {name for name in ("to", "note", "reason", "text") if getattr(body, name) is not None}
    for name in sorted(given - _FIELDS[body.action]):
        yield Fault(f"/{name}", f"does not belong to {body.action}")
    for name in _REQUIRED[body.action]:
        if name not in given:
            yield Fault(f"/{name}", "is missing: say why")
    if body.action == "request":
        person = _asked(body, context)
        if person is None:
            yield Fault("/to", "no person has this id" if body.to else "the account has no seller")
        elif not person.active or "sales" not in person.roles:
            yield Fault("/to", "must be an active person with the role sales")


def _asked(body: HandoffEntry, context: Context) -> Person | None:
    return context.ae if body.to is None else context.persons.get(body.to)


def _guards(state: Opportunity, body: HandoffEntry, context: Context) -> Iterable[Fault]:
    found = standing(state)
    if body.action != "request":
        if found is None or not found.is_open:
            yield Fault("/action", "not_requested: nobody is asked now")
        return
    yield from (Fault("/type", reason) for reason in _untimely(state, found))
    yield from packet.incomplete(state, context)


def _untimely(state: Opportunity, found: Standing | None) -> Iterator[str]:
    if state.owner.role != "hybrid":
        yield f"not_hybrid: the role is {state.owner.role}"
    if state.stage in EARLY or state.stage == "disqualified":
        yield f"not_next: {state.stage} is before qualified"
    if found is not None and is_handed_on(state):
        yield (
            f"handoff_open: {found.to} has it"
            if found.answer
            else (f"handoff_open: {found.to} is asked already")
        )


def _made(state: Opportunity, body: HandoffEntry, context: Context, _actor: Actor) -> Made:
    if body.action == "request":
        return _requested(state, body, context)
    found = standing(state)
    assert found is not None, "guarded"
    if body.action == "accept":
        return _accepted(state, found, context)
    return Made({"action": "reject", "to": found.to, "reason": body.reason, "text": body.text})


def _requested(state: Opportunity, body: HandoffEntry, context: Context) -> Made:
    person = _asked(body, context)
    assert person is not None, "checked"
    due = business_days_later(context.at, context.policy.process.accept_days, person.time_zone)
    told: dict[str, Any] = {"action": "request", "to": person.id, "from": state.owner.id}
    if body.note is not None:
        told["note"] = body.note
    return Made({**told, "due_at": iso(due), "packet": packet.packet(state, context)})


def _accepted(state: Opportunity, found: Standing, context: Context) -> Made:
    """Who was asked is the owner; if they left meanwhile, who stands in for them."""
    person = in_charge(found.to, context.persons) or context.persons.get(found.to)
    to = (found.to, found.to) if person is None else (person.id, person.name)
    owner = Owner(state.owner.role, *to)
    mail = introduction(
        _signer(state, context), to, state.next_step or {}, _next_id(state), context
    )
    body = {
        "action": "accept",
        "to": to[0],
        "from": found.request.body["from"],
        "owner": owner.json(),
        "contact_due": iso(_contact_due(person, context)),
        "intro": None if mail is None else {"contacts": list(mail.contacts)},
    }
    given = {"person": owner.id, "owner": owner.json(), "before": state.owner.json()}
    return Made(body, (Draft("owner", given),), () if mail is None else (mail,))


def _next_id(state: Opportunity) -> str:
    return next_id(state.id, state.revision)


def _signer(state: Opportunity, context: Context) -> tuple[str, str]:
    """The CSM, whom the customer knows."""
    csm = context.csm
    if csm is not None:
        return csm.id, csm.name
    return state.owner.id or "", state.owner.name or ""


def _contact_due(person: Person | None, context: Context) -> datetime:
    zone = context.account.time_zone if person is None else person.time_zone
    return business_days_later(context.at, context.policy.process.contact_days, zone)


HANDOFF = EntryType(
    "handoff", HandoffEntry, who=_who, checks=_checks, guards=_guards, made=_made, shows=shown
)
