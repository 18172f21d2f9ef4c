"""Deals that are ready to go to Sales, and what becomes of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.trigger.accounts import Contact
from services.trigger.accounts import Person as Named
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.append import OPPORTUNITIES, Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import TIMER, Draft
from tests.support.stories import NOW
from tests.unit.trigger.process.cases import PEOPLE, ask, context, deal, having, story

CONTACTS = (
    Contact("c1", "Ito", "owner", "ito@example.com"),
    Contact("c2", "Sato", "decision_maker", "sato@example.com"),
)
MORI = replace(PEOPLE["s1"], time_zone="Asia/Tokyo")
REQUEST = {"type": "handoff", "action": "request"}
ACCEPT = {"type": "handoff", "action": "accept"}


def seen(at: Any = NOW, contacts: tuple[Contact, ...] = CONTACTS, **more: Any) -> Context:
    """Maruta, qualified, with one confirmed need."""
    told = story(qualified=True).told(
        "need.stated", feature="compliance_certs", text="An audit", said_by="c1"
    )
    known = context(told=told)
    account = replace(known.account, contacts=contacts, ae=Named("s1", "Mori"))
    return replace(known, at=at, account=account, persons={**PEOPLE, "s1": MORI}, **more)


def ready(stage: str = "engaged", role: str = "hybrid") -> Opportunity:
    state = deal(stage, role)
    for n in (1, 2, 3):
        state = having(
            state, "answer", question=f"discovery.{n}", text="So.", said_by="c1", needs=[]
        )
    state = having(state, "value", version=1, value=None)
    step = {"type": "next_step", "kind": "formal_proposal", "owner": "s1", "due": "2025-09-30"}
    return done(state, step)


def done(
    state: Opportunity,
    body: dict[str, Any],
    person: str | None = "u7",
    known: Context | None = None,
) -> Opportunity:
    return appended(state, body, person, known).state


def appended(
    state: Opportunity,
    body: dict[str, Any],
    person: str | None = "u7",
    known: Context | None = None,
) -> Appended[Opportunity]:
    found = ask(state, body, known or seen(), person)
    assert isinstance(found, Appended), found
    return found


def written(state: Opportunity, drafts: list[Draft], known: Context) -> Appended[Opportunity]:
    return OPPORTUNITIES.written(state, drafts, TIMER, known)


def later(**time: float) -> Context:
    return seen(NOW + timedelta(**time))
