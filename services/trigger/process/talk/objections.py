"""What speaks against a deal, what was answered, and what became of it: entries `objection`,
`reply`, `outcome`.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from services.trigger.judgement.economics.proration import NotQuotable
from services.trigger.process import voices
from services.trigger.process.angles import COMPARED
from services.trigger.process.bodies import MOST, Identifier, Text
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    Actor,
    Effect,
    Entry,
    Made,
    MailAsked,
    QuoteGiven,
    next_id,
)
from services.trigger.process.log.entry_type import EntryType, Statement, fields_of
from services.trigger.process.messages import known_contacts, reachable
from services.trigger.process.talk import errands, packs, questions
from services.trigger.process.talk.packs import Objection, Pack, Said, is_process, pack
from services.trigger.proposals import quotes
from services.trigger.proposals.quotes import Quote
from shared.messages.facts import SaidFacts
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.values.moments import iso
from shared.wording import sentence
from shared.wording.language import language

NONE = "none"
_LONGEST = 10_000
"""Of the text of a fact."""


class ObjectionEntry(Body):
    """`none`: they were asked, and have none. `wanted`: features that they look for elsewhere,
    required for `other_tools`; known here or not.
    """

    type: Literal["objection"]
    objection: Literal[Objection, "none"]
    text: Text | None = None
    wanted: Annotated[list[Identifier], Field(min_length=1, max_length=MOST)] | None = None


class ReplyEntry(Body):
    """`objection`: the id of its entry. What is said is the text of its pack. `contacts` of a mail:
    with an address; else whoever may buy and wants offers.
    """

    type: Literal["reply"]
    objection: Identifier
    channel: Literal["email", "call"]
    contacts: Annotated[list[Identifier], Field(min_length=1, max_length=MOST)] | None = None


class OutcomeEntry(Body):
    """`objection`: the id of its entry."""

    type: Literal["outcome"]
    objection: Identifier
    result: Literal["resolved", "unresolved"]


def _checks(_state: Opportunity, body: ObjectionEntry, _context: Context) -> Iterable[Fault]:
    if body.objection == "other_tools" and body.wanted is None:
        yield Fault("/wanted", "is missing: name the features that they look for")


def _made(state: Opportunity, body: ObjectionEntry, context: Context, _actor: Actor) -> Made:
    told = {**fields_of(body), "is_process": is_process(body.objection)}
    if body.objection == "other_tools":
        told["product_gap"] = packs.gaps(state, context, body.wanted or ())
    return Made(told, effects=tuple(_errands(state, body, told, context)))


def _errands(
    state: Opportunity, body: ObjectionEntry, told: Mapping[str, Any], context: Context
) -> Iterable[Effect]:
    if body.objection == "unsure_need" and questions.GOAL not in questions.answers(state):
        yield errands.goal()
    if body.objection == "other_tools":
        wanted, gaps = (
            [packs.named(one, context) for one in ids]
            for ids in (body.wanted or (), told["product_gap"])
        )
        answer = pack(body.objection, state, context, body.wanted or ())
        yield errands.competitor(wanted, gaps, answer)


def _states(entry: Entry) -> Iterable[Statement]:
    """That they compare us with others is known of the account, too."""
    if entry.body["objection"] == "other_tools":
        said = entry.body.get("text") or ", ".join(entry.body["wanted"])
        yield (
            "evidence.recorded",
            {"criterion": "wall", "kind": COMPARED, "text": said[:_LONGEST]},
        )


def raised(state: Opportunity, id: str) -> Entry | None:
    """The objection with this id."""
    found = (one for one in state.of("objection") if one.id == id)
    return next((one for one in found if one.body["objection"] != NONE), None)


def _known(
    state: Opportunity, body: ReplyEntry | OutcomeEntry, _context: Context
) -> Iterable[Fault]:
    if raised(state, body.objection) is None:
        yield Fault("/objection", "no objection of this opportunity has this id")


def _possible(state: Opportunity, body: ReplyEntry, context: Context) -> Iterable[Fault]:
    yield from _known(state, body, context)
    named = body.contacts or ()
    if body.channel == "email":
        yield from reachable(named, context)
    else:
        yield from known_contacts(named, context)


def _pack(state: Opportunity, id: str, context: Context) -> Pack:
    about = raised(state, id)
    assert about is not None, "asked above"
    wanted = about.body.get("wanted", ())
    return pack(about.body["objection"], state, context, wanted)


def _guards(state: Opportunity, body: ReplyEntry, context: Context) -> Iterable[Fault]:
    for name in _pack(state, body.objection, context).missing:
        yield Fault("/objection", f"placeholder_unresolved: {name}")
    if body.channel == "email":
        if not _readers(body, context):
            yield Fault("/contacts", "no_reader: nobody who may buy wants offers by mail")
        yield from (Fault("/type", reason) for reason in voices.two_voices(state, context))


def _readers(body: ReplyEntry, context: Context) -> tuple[str, ...]:
    """Who gets the mail."""
    facts = context.question.facts
    found = body.contacts or [one.id for one in facts.buyers if one.email]
    return tuple(dict.fromkeys(one for one in found if one not in facts.refusing))


def _replied(state: Opportunity, body: ReplyEntry, context: Context, _actor: Actor) -> Made:
    """Why wait: a quote of today says what a switch costs, where it can be quoted."""
    about, locale = _pack(state, body.objection, context), context.account.locale
    said, told, effects = [_said(about)], fields_of(body), list[Effect]()
    if about.objection == "wait_renewal":
        quote = _quote(state, context)
        told["quote"] = quote and quote.id
        if quote is not None:
            due = {"amount": quote.body["due"], "currency": quote.body["currency"]}
            said.append(("objection.wait.quote", {"due": due}))
            effects.append(QuoteGiven(quote))
    texts = [sentence(*one, locale) for one in said]
    told["text"] = ("" if language(locale) == "ja" else " ").join(texts)
    if body.channel == "email":
        mail = _mail(state, _readers(body, context), said)
        told |= {"contacts": list(mail.contacts), **voices.signed(state)}
        effects.append(mail)
    return Made(told, effects=tuple(effects))


def _said(about: Pack) -> Said:
    said = about.said()
    assert said is not None, "a guard asks for what is missing"
    return said


def _mail(state: Opportunity, contacts: tuple[str, ...], said: Iterable[Said]) -> MailAsked:
    return MailAsked(
        kind="person.message",
        cls="proposal",
        contacts=contacts,
        subject=SaidFacts("objection.subject"),
        body=tuple(SaidFacts(key, dict(variables)) for key, variables in said),
        key=next_id(state.id, state.revision),
    )


def _quote(state: Opportunity, context: Context) -> Quote | None:
    if context.loaded is None:
        return None
    try:
        found = quotes.quoted(context.loaded, state.to_plan, "second", context.at, context.at)
    except NotQuotable:
        return None
    return quotes.made(context.loaded, found, context.at)


def shown(state: Opportunity, context: Context) -> dict[str, Any]:
    found = (one for one in state.of("objection") if one.body["objection"] != NONE)
    return {
        "objections": [_objection(one, state) for one in found],
        "packs": packs.shown(state, context),
    }


def _objection(entry: Entry, state: Opportunity) -> dict[str, Any]:
    after = [one for one in state.of("reply", "outcome") if one.body["objection"] == entry.id]
    replies = [one for one in after if one.type == "reply"]
    return {
        "id": entry.id,
        "objection": entry.body["objection"],
        "is_process": is_process(entry.body["objection"]),
        "state": _state(after),
        "text": entry.body.get("text"),
        "reply": _reply(replies[-1]) if replies else None,
        "product_gap": list(entry.body.get("product_gap", ())),
        "at": iso(entry.at),
    }


def _state(after: list[Entry]) -> str:
    if not after:
        return "raised"
    newest = after[-1]
    return "answered" if newest.type == "reply" else str(newest.body["result"])


def _reply(entry: Entry) -> Mapping[str, Any]:
    body = {name: value for name, value in entry.body.items() if name != "objection"}
    return {"id": entry.id, **body, "at": iso(entry.at)}


OBJECTION = EntryType(
    "objection", ObjectionEntry, checks=_checks, made=_made, shows=shown, states=_states
)
REPLY = EntryType("reply", ReplyEntry, checks=_possible, guards=_guards, made=_replied)
OUTCOME = EntryType("outcome", OutcomeEntry, checks=_known)
