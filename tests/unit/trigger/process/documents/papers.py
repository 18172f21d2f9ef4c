"""A deal as of which documents are made: Maruta's, with what was said in the conversation."""

from dataclasses import replace
from functools import cache
from typing import Any

from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.documents.documents import document
from services.trigger.process.documents.subject import Subject
from services.trigger.process.log.append import Appended
from services.trigger.process.log.context import Context
from shared.catalog.types import Material, Text
from shared.wording.document import Document, html
from tests.support.stories import Story, contact
from tests.unit.trigger.process.cases import ask, context, deal, story

STATED: dict[str, Any] = {
    "members": 5,
    "hours": "10",
    "hours_basis": "per_person",
    "hours_period": "week",
    "hourly_rate": "50",
    "currency": "USD",
    "source": "customer_stated",
    "said_by": "c1",
}
CASE = Material(
    Text("Hoshino halves the time for reports", "星野様: レポート作成が半分の時間に"),
    "https://www.example.com/cases/hoshino",
    Text("A team of twelve, six months after the step.", "12名のチーム、移行から6か月後。"),
)
ITO = replace(contact("c1", "owner"), name="Ito")


@cache
def known(*, name: str = "Maruta", locale: str = "en-US") -> Story:
    made = story(qualified=True)
    made = made.told("compliance.need", framework="SOC2", deadline="2025-12-15")
    made = made.told("need.stated", feature="webhooks", text="Push, not poll.", said_by="c1")
    made = made.told("feature.gated", feature="premium_api").used("seats", 24)
    account = replace(made.facts.account, name=name, locale=locale, contacts=(ITO,))
    return made.having(account=account)


def seen(told: Story | None = None, lang: str | None = None) -> Context:
    return replace(context(told=told or known()), language=lang)


def valued(state: Opportunity, of: Context, **changes: Any) -> Opportunity:
    """With an entry `value`, as the conversation came to it."""
    body = {"type": "value", **STATED, **changes}
    found = ask(state, {name: value for name, value in body.items() if value is not None}, of)
    assert isinstance(found, Appended), found
    return found.state


def approved(state: Opportunity, of: Context, **changes: Any) -> Opportunity:
    body = {
        "approvers": [{"name": "Sato", "title": "CFO"}],
        "decide_on": "2025-10-01",
        "call": True,
    }
    found = ask(state, {"type": "approval", **body, **changes}, of)
    assert isinstance(found, Appended), found
    return found.state


def maruta(of: Context | None = None) -> Opportunity:
    """In negotiation: all has been said."""
    of = of or seen()
    state = approved(valued(deal("negotiation"), of), of)
    step = {"type": "formal_proposal", "owner": "s1", "due": "2025-09-30"}
    return replace(state, next_step=step)


def paper(name: str, state: Opportunity, of: Context) -> Document:
    return document(name, Subject(state, of))


def page(name: str, state: Opportunity, of: Context) -> str:
    return html(paper(name, state, of))


def titles(found: Document) -> list[str]:
    return [section.title for section in found.sections]


def shown_in(lang: str) -> Context:
    """With everything that a catalogue can bring, in the words of one language."""
    words = {"en": "We lose evenings to exports.", "ja": "エクスポートに毎晩時間を取られています。"}
    said: dict[str, Any] = {"feature": "advanced_automation", "text": words[lang], "said_by": "c1"}
    told = known().told("need.stated", **said)
    of = seen(told, lang)
    catalog = replace(of.catalog, materials=dict.fromkeys(("case_study", "security"), (CASE,)))
    return replace(of, question=replace(of.question, catalog=catalog))
