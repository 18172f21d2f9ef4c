"""Entries `propose` and `withdraw`: what a person offers the customer, and takes back."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from services.trigger.process import lines, money, voices
from services.trigger.process.angles import AngleKey
from services.trigger.process.bodies import MOST, Day, Identifier
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Draft, Made, MessageSent, next_id
from services.trigger.process.log.entry_type import EntryType, fields_of
from services.trigger.process.proposal import mail, states
from services.trigger.process.proposal.guards import may_read, refusals
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.values.periods import zone

EMAIL = "email"


class ProposeEntry(Body):
    """`contacts`: by default who may buy and has not refused. `expires_on`: its last day."""

    type: Literal["propose"]
    channel: Literal["email", "person"]
    contacts: Annotated[list[Identifier], Field(max_length=MOST)] | None = None
    angle: AngleKey | None = None
    expires_on: Day | None = None


class WithdrawEntry(Body):
    type: Literal["withdraw"]
    proposal: Identifier


def _checks(_state: Opportunity, body: ProposeEntry, context: Context) -> Iterable[Fault]:
    known = {one.id: one for one in context.account.contacts}
    for n, contact in enumerate(body.contacts or ()):
        if contact not in known:
            yield Fault(f"/contacts/{n}", "no contact of the account has this id")
        elif body.channel == EMAIL and not known[contact].email:
            yield Fault(f"/contacts/{n}", "has no address")
    if body.expires_on is not None and body.expires_on < context.today:
        yield Fault("/expires_on", "must be today or later")


def _guards(state: Opportunity, body: ProposeEntry, context: Context) -> Iterable[Fault]:
    return refusals(
        state,
        context,
        by_mail=body.channel == EMAIL,
        readers=readers(body, context),
        angle=body.angle,
    )


def readers(body: ProposeEntry, context: Context) -> tuple[str, ...]:
    """Who is to read it; a mail goes only to those who may get one."""
    able = [one.id for one in may_read(context)]
    if body.contacts is None:
        return tuple(able) if body.channel == EMAIL else ()
    named = tuple(dict.fromkeys(body.contacts))
    return tuple(one for one in named if one in able) if body.channel == EMAIL else named


def _made(state: Opportunity, body: ProposeEntry, context: Context, _actor: Actor) -> Made:
    id, told = next_id(state.id, state.revision), readers(body, context)
    proposal = {
        "id": id,
        "at": iso(context.at),
        "channel": body.channel,
        "plan": state.to_plan,
        "year": money.said(lines.amount(state.lines), state.currency),
        "expires_at": iso(expiry(context, body)),
        "contacts": list(told),
        "angle": body.angle,
    }
    move = {"to": "proposal", "from": state.stage}
    also = [Draft("move", move)] if state.stage != "proposal" else []
    also += states.sent(state, proposal)
    kept = {name: proposal[name] for name in ("plan", "year", "expires_at", "contacts")}
    sends: tuple[MessageSent, ...] = ()
    signed: dict[str, Any] = {}
    if body.channel == EMAIL:
        signed = voices.signed(state)
        sends = (MessageSent(mail.message(state, context, id, told, body.angle)),)
    return Made({**fields_of(body), "proposal": id, **kept, **signed}, tuple(also), sends)


def expiry(context: Context, body: ProposeEntry | None = None) -> datetime:
    """The end of the day that is named, where the account is; else after the policy's days."""
    if body is None or body.expires_on is None:
        return context.at + timedelta(days=context.policy.process.expiry_days)
    after = body.expires_on + timedelta(days=1)
    return datetime.combine(after, time.min, zone(context.account.time_zone))


def _known(state: Opportunity, body: WithdrawEntry, _context: Context) -> Iterable[Fault]:
    if states.of_id(state, body.proposal) is None:
        yield Fault("/proposal", "no proposal of this deal has this id")


def _waiting(state: Opportunity, body: WithdrawEntry, _context: Context) -> Iterable[Fault]:
    found = states.of_id(state, body.proposal)
    if found is not None and found["state"] not in states.OPEN:
        yield Fault("/proposal", f"wrong_state: it is {found['state']}")


def _withdrawn(state: Opportunity, body: WithdrawEntry, _context: Context, _actor: Actor) -> Made:
    return Made(fields_of(body), tuple(states.changed(state, body.proposal, "withdrawn")))


PROPOSE = EntryType("propose", ProposeEntry, checks=_checks, guards=_guards, made=_made)
WITHDRAW = EntryType("withdraw", WithdrawEntry, checks=_known, guards=_waiting, made=_withdrawn)


def refusals_in_person(state: Opportunity, context: Context) -> list[str]:
    """What the owner would be answered who proposes it in a conversation."""
    body = ProposeEntry(type="propose", channel="person")
    return [fault.reason for fault in _guards(state, body, context)]
