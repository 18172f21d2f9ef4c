"""What may be said for an offer: true sentences, the most important first."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.judgement.words import proposal
from shared.messages.facts import MoneyFacts, Name
from tests.support.catalogs import catalog
from tests.support.stories import Story, account
from tests.unit.shared.wording.test_from_facts import hoshino

GLOBAL = catalog("global")
STARTER = account(GLOBAL, "starter")


def asked(story: Story) -> Question:
    return Question.of(story.crossing_case("storage", 9 * 10**9, 90))


def test_the_offer_names_both_plans_and_why() -> None:
    question = asked(STARTER)
    found = proposal.proposal(question, decide(question))
    assert found.plan is not None
    assert found.current is not None
    assert (found.current.id, found.plan.id) == ("starter", "pro")
    assert (found.reasons, found.self_serve) == (("usage_limit",), True)
    assert found.limit == Decimal(100 * 10**9)


def test_a_sentence_for_each_reason() -> None:
    story, raised = STARTER.told("feature.requested", feature="sso").raised(
        "feature.requested", feature="sso"
    )
    story, more = story.raised("feature.requested", feature="sso")
    question = Question.of(story.case("feature.requested", *raised, *more))
    keys = [one.key for one in proposal.offered(question)]
    assert len(keys) == len(set(keys)) >= 1


def test_money_has_the_currencys_digits() -> None:
    assert proposal.money_facts(Fraction(3, 2), "USD") == MoneyFacts("1.50", "USD")
    assert proposal.money_facts(Fraction(3000), "JPY") == MoneyFacts("3000", "JPY")


def test_a_feature_is_called_by_its_name_and_an_unknown_one_by_its_id() -> None:
    question = asked(STARTER)
    assert isinstance(proposal.feature_name(question, "sso"), Name)
    assert proposal.feature_name(question, "teleport") == "teleport"
    meter = proposal.meter_of(question)
    assert meter is not None
    assert meter.id == "storage"


@pytest.mark.parametrize(
    ("like", "said"), [("enterprise", {"roi.usd"}), ("pro", {"value.good", "roi.net"})]
)
def test_a_step_that_costs_no_more_is_no_multiple_of_anything(like: str, said: set[str]) -> None:
    """`like`: the plan whose price the next one has."""
    target = replace(GLOBAL.plans["enterprise"], price=GLOBAL.plans[like].price)
    plans = {**GLOBAL.plans, "enterprise": target}
    story = replace(hoshino(), catalog=replace(GLOBAL, plans=plans))
    story, raised = story.raised("feature.requested", feature="advanced_analytics")
    question = Question.of(story.case("feature.requested", *raised))
    keys = {one.key for one in proposal.offered(question)}
    assert keys & {"roi.usd", "value.good", "roi.net"} == said
