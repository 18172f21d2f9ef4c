"""What the owner of a deal writes to contacts: entry `message`."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from services.trigger.process import voices
from services.trigger.process.bodies import MOST, Identifier, Text, Title
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Made, MailAsked, next_id
from services.trigger.process.log.entry_type import EntryType, fields_of
from shared.values.bodies import Body, Moment
from shared.values.faults import Fault

AHEAD = timedelta(days=90)
_UNKNOWN = "no contact of the account has this id"


class MessageEntry(Body):
    """`contacts`: with an address. `not_before`: at most 90 days ahead; else at once."""

    type: Literal["message"]
    contacts: Annotated[list[Identifier], Field(min_length=1, max_length=MOST)]
    subject: Title
    body: Text
    not_before: Moment | None = None


def known_contacts(contacts: Iterable[str], context: Context) -> Iterable[Fault]:
    known = {one.id for one in context.account.contacts}
    for n, contact in enumerate(contacts):
        if contact not in known:
            yield Fault(f"/contacts/{n}", _UNKNOWN)


def reachable(contacts: Iterable[str], context: Context) -> Iterable[Fault]:
    """Whether each of them is a contact of the account with an address."""
    known = {one.id: one for one in context.account.contacts}
    for n, contact in enumerate(contacts):
        if contact not in known:
            yield Fault(f"/contacts/{n}", _UNKNOWN)
        elif not known[contact].email:
            yield Fault(f"/contacts/{n}", "has no address")


def _checks(_state: Opportunity, body: MessageEntry, context: Context) -> Iterable[Fault]:
    yield from reachable(body.contacts, context)
    if body.not_before is None:
        return
    if body.not_before < context.at:
        yield Fault("/not_before", "is past")
    elif body.not_before > context.at + AHEAD:
        yield Fault("/not_before", f"must be at most {AHEAD.days} days ahead")


def _guards(state: Opportunity, _body: MessageEntry, context: Context) -> Iterable[Fault]:
    return [Fault("/type", reason) for reason in voices.two_voices(state, context)]


def _made(state: Opportunity, body: MessageEntry, _context: Context, _actor: Actor) -> Made:
    mail = MailAsked(
        kind="person.message",
        cls="notice",
        contacts=tuple(dict.fromkeys(body.contacts)),
        subject=body.subject,
        body=(body.body,),
        key=next_id(state.id, state.revision),
        not_before=body.not_before,
    )
    return Made({**fields_of(body), **voices.signed(state)}, effects=(mail,))


MESSAGE = EntryType("message", MessageEntry, checks=_checks, guards=_guards, made=_made)
