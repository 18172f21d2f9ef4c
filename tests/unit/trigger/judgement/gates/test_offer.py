"""The gates about the offer: each answer that is not simply yes."""

from dataclasses import replace
from datetime import timedelta

from services.trigger.judgement.facts.facts import Opportunity
from services.trigger.judgement.gates import offer
from services.trigger.judgement.question import Question
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account, contact

GLOBAL = catalog("global")
STARTER = account(GLOBAL, "starter")
DAY = timedelta(days=1)


def asked(story: Story) -> Question:
    return Question.of(story.case("schedule"))


def test_above_the_highest_plan_is_nothing() -> None:
    found = offer.top_plan(asked(account(GLOBAL, "enterprise")))
    assert (found.result, found.reason.partition(":")[0]) == ("block", "no_upper_plan")
    assert offer.recommendation(asked(account(GLOBAL, "enterprise"))).result == "skip"
    assert offer.route(asked(account(GLOBAL, "enterprise"))).result == "skip"
    assert offer.top_plan(asked(STARTER)).reason == "pro is above starter"
    assert offer.top_plan(asked(account(GLOBAL, None))).result == "skip"


def test_the_next_step_waits_for_the_last_one() -> None:
    moved = account(GLOBAL, "pro").moved(NOW - DAY, "starter", "pro", "upgrade")
    found = offer.recommendation(asked(moved))
    days = GLOBAL.policy.step_cooldown_days
    assert found.reason.startswith("step_cooldown")
    assert found.retry_at == NOW - DAY + timedelta(days=days)


def test_a_self_serve_offer_without_a_buyer_is_the_csms() -> None:
    member = account(GLOBAL, "starter", contacts=(contact("c1", "member"),))
    found = offer.route(asked(member))
    assert (found.result, "no_buyer" in found.reason) == ("pass", True)
    assert "no_buyer" not in offer.route(asked(STARTER)).reason


def test_a_person_took_the_deal_out() -> None:
    deal = Opportunity("o1", "enterprise", ("by_hand",), "cs", "disqualified")
    story = account(GLOBAL, "pro")
    out = replace(story, facts=replace(story.facts, opportunities=(deal,)))
    assert offer.qualification(asked(out)).reason.startswith("disqualified")
    assert offer.qualification(asked(STARTER)).result == "skip"


def test_who_is_not_satisfied_is_not_asked_for_more() -> None:
    said = account(GLOBAL, "pro").told(
        "evidence.recorded",
        criterion="satisfaction",
        kind="goals",
        text="missed",
        verdict="no",
        said_by="c1",
    )
    low = said.told("csat.responded", score=1, contact="c1").active(2)
    found = offer.qualification(asked(low))
    assert (found.result, found.reason.startswith("not_yet")) == ("block", True)
    assert "their goals are not reached" in found.reason
