"""What the CSM reads about the plan below before the call."""

from dataclasses import replace

from services.trigger.judgement.words.retention import lower_plan
from shared.messages.facts import MoneyFacts
from tests.support.catalogs import catalog
from tests.support.stories import account

GLOBAL = catalog("global")
LEAVING = account(GLOBAL, "pro", quantity=5).told("cancel.intent")


def test_the_figures_if_usage_fits() -> None:
    (said,) = lower_plan(LEAVING.used("storage", 10**9).case("schedule"))
    assert said.key == "downsell.fits"
    assert said.variables["contraction"] == MoneyFacts("-2255", "USD")
    assert said.variables["year"] == MoneyFacts("2940", "USD")


def test_what_would_have_to_shrink() -> None:
    story = LEAVING.used("storage", 20 * 10**9).used("seats", 6)
    first, *rest = lower_plan(story.case("schedule"))
    assert first.key == "downsell.too_much"
    assert [one.variables["meter"].id for one in rest] == ["seats", "storage"]


def test_without_a_price_no_figures_and_without_an_intent_nothing() -> None:
    plans = {**GLOBAL.plans, "starter": replace(GLOBAL.plans["starter"], price=None)}
    story = replace(LEAVING, catalog=replace(GLOBAL, plans=plans))
    assert [one.key for one in lower_plan(story.case("schedule"))] == ["downsell.fits.unpriced"]
    assert lower_plan(account(GLOBAL, "pro").case("schedule")) == []
    assert lower_plan(account(GLOBAL, "starter").told("cancel.intent").case("schedule")) == []
