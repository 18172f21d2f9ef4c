"""One deal per plan takes all reasons, the most important first."""

from dataclasses import replace

from services.trigger.judgement.gates import opportunity
from services.trigger.judgement.question import Question
from tests.support import stories
from tests.support.catalogs import catalog
from tests.support.stories import Story, account

GLOBAL = catalog("global")


def asked(story: Story) -> Question:
    return Question.of(story.crossing_case("storage", 9 * 10**9, 90))


def test_the_first_reason_opens_one() -> None:
    question = asked(account(GLOBAL, "starter"))
    assert opportunity.open_opportunity(question) is None
    found = opportunity.gate(question)
    assert found.reason == "no open opportunity for pro"
    assert found.evidence["reasons"] == ("usage_limit",)


def test_an_open_one_takes_the_reason_and_keeps_the_order() -> None:
    story = account(GLOBAL, "starter")
    deal = stories.opportunity("pro", "feature_requested")
    open_ = replace(story, facts=replace(story.facts, opportunities=(deal,)))
    question = asked(open_)
    assert opportunity.open_opportunity(question) == deal
    assert opportunity.merged(question, deal) == ("usage_limit", "feature_requested")
    assert opportunity.gate(question).reason == "opportunity opp-1 takes the reason"
    other = stories.opportunity("enterprise", "feature_requested")
    elsewhere = replace(story, facts=replace(story.facts, opportunities=(other,)))
    assert opportunity.open_opportunity(asked(elsewhere)) is None


def test_nothing_raised_merges_nothing() -> None:
    question = Question.of(account(GLOBAL, "starter").case("schedule"))
    assert opportunity.gate(question).result == "skip"
