"""All gates are asked, whatever one of them says; the outcome follows from the blocks."""

from datetime import timedelta

from services.trigger.judgement.pipeline import GATES, decide, suppressions
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
STARTER = account(GLOBAL, "starter")


def test_every_gate_answers_in_order() -> None:
    decision = STARTER.crossing("storage", 9 * 10**9, 90)
    assert tuple(one.gate for one in decision.gates) == GATES.names
    assert decision.outcome == "proposal"


def test_nothing_raised_is_a_notice_or_nothing() -> None:
    assert decide(STARTER.case("schedule")).outcome == "none"
    assert STARTER.hearing("login.recorded", user="a").outcome == "none"


def test_what_is_held_back_says_until_when() -> None:
    told = STARTER.told("cancel.intent", NOW - timedelta(days=10))
    decision = told.crossing("storage", 9 * 10**9, 90)
    assert (decision.outcome, decision.blocked_by) == ("withheld", ("cancel_intent",))
    assert decision.retry_at == NOW + timedelta(days=80)
    assert [one.gate for one in suppressions(told.case("schedule"))] == ["cancel_intent"]
    unhappy = told.told("nps.responded", score=1, contact="c1").crossing("storage", 9 * 10**9, 90)
    assert unhappy.retry_at is None


def test_a_person_acts_where_the_plan_is_sold_by_one() -> None:
    assert account(GLOBAL, "pro").crossing("storage", 9 * 10**10, 90).outcome == "assisted"
    assert account(GLOBAL, "enterprise").hearing("nps.responded", score=10).outcome == "none"
