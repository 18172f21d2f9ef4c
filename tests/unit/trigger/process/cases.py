"""Deals in a few words: a log that begins in a stage, and what entries are asked in."""

from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from services.trigger.accounts import Person as Named
from services.trigger.api.work.opportunities import OpportunityEntry
from services.trigger.judgement.question import Question
from services.trigger.process.deals.first_entry import First, shop_of
from services.trigger.process.deals.opportunity import Opportunity, Owner
from services.trigger.process.log import append
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    JUDGEMENT,
    Actor,
    Asked,
    By,
    Draft,
    Known,
    Refused,
)
from services.trigger.process.log.entries import First as Stored
from services.trigger.process.people import Person
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account

CRITERIA = ("satisfaction", "wall", "profile", "budget", "roi_articulated")
PEOPLE = {
    one.id: one
    for one in (
        Person("u7", "Kato", roles=frozenset({"csm"})),
        Person("s1", "Mori", roles=frozenset({"sales"})),
        Person("m1", "Abe", roles=frozenset({"manager"})),
        Person("p1", "Ono", roles=frozenset({"planner"})),
        Person("gone", "Old", roles=frozenset({"csm"}), manager="m1", active=False),
    )
}
_ENTRY = TypeAdapter(OpportunityEntry)


def story(*, qualified: bool = False) -> Story:
    made = account(catalog("global"), "pro", quantity=5, csm=Named("u7", "Kato"))
    for criterion in CRITERIA if qualified else ():
        made = made.told(
            "evidence.recorded",
            criterion=criterion,
            kind="call",
            verdict="yes",
            text="Said so.",
            said_by="c1",
        )
    return made


def context(*, qualified: bool = False, told: Story | None = None) -> Context:
    known = told or story(qualified=qualified)
    question = Question.of(known.case("schedule"))
    return Context(NOW, known.facts.account, question, PEOPLE)


def deal(
    stage: str = "identified", role: str = "cs", owner: str | None = "u7", **more: Any
) -> Opportunity:
    seen = context()
    shop = shop_of(seen.catalog.plans["enterprise"], seen)
    first = First(
        from_plan="pro",
        to_plan="enterprise",
        stage=stage,
        owner=Owner(role, owner, seen.name_of(owner)),
        rule="OWN-2",
        reasons=("by_hand",),
        deal_value=Decimal(75_000),
        currency="USD",
        lines=(shop.line("1", "enterprise"),),
        **more,
    )
    return append.begun("o1", "acct-1", first.draft(), JUDGEMENT, NOW).state


def having(state: Opportunity, type_: str, **body: Any) -> Opportunity:
    """With an entry of a type that nobody posts here."""
    return append.noted(state, [Draft(type_, body)], By("person", "u7"), NOW).state


def ask(
    state: Opportunity,
    body: dict[str, Any],
    seen: Context,
    person: str | None = "m1",
    revision: int | None = None,
    first: Stored | None = None,
) -> Refused | Known | Appended:
    actor = Actor(By("key", "k")) if person is None else Actor(By("person", person), PEOPLE[person])
    entry = _ENTRY.validate_python(body).root
    return append.append(state, Asked(entry, actor, revision, first), seen)
