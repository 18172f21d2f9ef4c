"""Nothing is proposed that solves nothing."""

from datetime import timedelta

from services.trigger.judgement.gates import fit
from services.trigger.judgement.question import Question
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account

GLOBAL = catalog("global")
STARTER = account(GLOBAL, "starter")


def asked(story: Story) -> Question:
    return Question.of(story.case("schedule"))


def test_without_a_need_it_blocks_even_a_promoter() -> None:
    story = STARTER.told("nps.responded", score=10, contact="c1")
    found = fit.gate(asked(story))
    assert (found.result, "no recorded need" in found.reason) == ("block", True)


def test_a_need_that_the_step_answers_passes() -> None:
    story = STARTER.told("feature.requested", feature="sso")
    found = fit.gate(asked(story))
    assert (found.result, found.evidence["needs"]) == ("pass", ["sso"])


def test_a_need_of_a_higher_plan_is_mentioned() -> None:
    story = STARTER.told("feature.requested", feature="webhooks")
    found = fit.gate(asked(story))
    assert found.reason == "a higher plan than pro answers webhooks"


def test_a_need_that_nobody_answers_is_for_the_product_team() -> None:
    story = STARTER.told("feature.requested", NOW - timedelta(days=1), feature="teleport")
    assert fit.gate(asked(story)).reason.startswith("unmet_need")


def test_there_is_nothing_to_fit_without_a_plan() -> None:
    assert fit.gate(asked(account(GLOBAL, None))).result == "skip"
