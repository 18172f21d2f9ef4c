"""What a case knows besides the facts: plans, live signals, meters under pressure."""

from datetime import timedelta

from services.trigger.judgement.facts.facts import Signal
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
STARTER = account(GLOBAL, "starter")


def test_before_a_subscription_the_plan_is_that_of_the_quote() -> None:
    nobody = account(GLOBAL, None)
    assert nobody.case("schedule").plan is None
    case = nobody.told("quote.presented", plan="pro").case("schedule")
    assert case.plan is not None
    assert case.target is not None
    assert (case.plan.id, case.target.id) == ("pro", "enterprise")
    assert account(GLOBAL, "enterprise").case("schedule").target is None


def test_signals_live_until_their_end_and_are_named_once() -> None:
    over = Signal("nps_high", NOW - timedelta(days=9), until=NOW)
    open_ = Signal("renewal", NOW, until=NOW + timedelta(days=1))
    case = STARTER.having(signals=(over, open_)).case("schedule", Signal("renewal", NOW))
    assert case.live_signals == ("renewal",)
    assert case.raised("renewal") is not None
    assert case.raised("nps_high") is None


def test_pressure_is_what_is_full_crossed_or_on_its_way() -> None:
    story = STARTER.used("seats", 5)
    assert story.case("schedule").pressure == ("seats",)
    crossed = story.crossing_case("storage", 8 * 10**9, 80)
    assert crossed.pressure == ("seats", "storage")
    soon = STARTER.case("schedule", Signal("forecast_limit", NOW, "api_calls"))
    assert soon.pressure == ("api_calls",)
