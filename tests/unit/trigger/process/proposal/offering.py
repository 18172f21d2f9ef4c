"""A deal that may be proposed, and what is asked about it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.trigger.accounts import Contact, Terms
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.question import Question
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Refused
from services.trigger.process.talk.questions import DISCOVERY
from tests.support.stories import NOW, Story, contact
from tests.unit.trigger.process.cases import ask, context, deal, having, story

BUYER = contact("c2", "decision_maker")
MEMBER = Contact("c3", "Mem", "member", "c3@example.com")
SILENT = Contact("c4", "No address", "owner")


def seen(told: Story | None = None, *people: Contact, at: datetime = NOW) -> Context:
    """With what a message about it is composed of."""
    known = told or story()
    facts = known.facts
    contacts = people or (*facts.account.contacts, BUYER)
    facts = replace(facts, account=replace(facts.account, contacts=contacts))
    known = replace(known, facts=facts)
    loaded = Loaded(Terms("UTC", None, {}), known.catalog, facts)
    question = Question.of(replace(known.case("schedule"), at=at))
    found = replace(context(told=known), at=at, account=facts.account, question=question)
    return replace(found, loaded=loaded)


def ready(stage: str = "engaged", role: str = "cs", **more: Any) -> Opportunity:
    """Each question of the first conversation is answered."""
    state = deal(stage, role, **more)
    for key in DISCOVERY:
        state = having(state, "answer", question=key, text="So.", said_by="c1", needs=[])
    return state


def propose(channel: str = "person", **more: Any) -> dict[str, Any]:
    return {"type": "propose", "channel": channel, **more}


def proposed(state: Opportunity, context: Context, person: str = "u7", **more: Any) -> Appended:
    found = ask(state, propose(**more), context, person)
    assert isinstance(found, Appended), found
    return found


def refused(state: Opportunity, context: Context, **more: Any) -> list[tuple[str, str]]:
    """Each fault as the field and the code with what follows it."""
    found = ask(state, propose(**more), context)
    assert isinstance(found, Refused), found
    return [(fault.path, fault.reason) for fault in found.faults]
