"""One step up, and what it leaves unsolved."""

from datetime import timedelta
from decimal import Decimal

from services.trigger.judgement.findings.recommendation import (
    cooled_down_at,
    lowest_with,
    recommend,
    required,
)
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
STARTER = account(GLOBAL, "starter")


def test_the_step_answers_or_names_who_does() -> None:
    found = recommend(STARTER.told("feature.requested", feature="sso").case("schedule"))
    assert found is not None
    assert (found.plan.id, found.multi_step) == ("pro", False)
    later = recommend(STARTER.told("feature.requested", feature="webhooks").case("schedule"))
    assert later is not None
    assert later.covering is not None
    assert (later.plan.id, later.covering.id, later.unsolved) == (
        "pro",
        "enterprise",
        ("webhooks",),
    )
    assert later.recommended().note == "Webhooks come with Enterprise"


def test_above_the_highest_there_is_nothing() -> None:
    assert recommend(account(GLOBAL, "enterprise").case("schedule")) is None
    assert recommend(account(GLOBAL, None).case("schedule")) is None


def test_the_cool_down_ends_to_the_moment() -> None:
    at = NOW - timedelta(days=1)
    moved = account(GLOBAL, "pro").moved(at, "starter", "pro", "upgrade")
    ends = at + timedelta(days=GLOBAL.policy.step_cooldown_days)
    assert cooled_down_at(moved.case("schedule")) == ends
    assert cooled_down_at(moved.at(ends).case("schedule")) is None


def test_the_lowest_plan_with_all_of_them() -> None:
    pro = GLOBAL.plans["pro"]
    found = [lowest_with(GLOBAL, pro, names) for names in ((), ("sso",), ("sso", "webhooks"))]
    assert [one and one.id for one in found] == ["starter", "pro", "enterprise"]
    assert lowest_with(GLOBAL, pro, ("teleport",)) is None


def test_people_who_are_joining_count() -> None:
    story = STARTER.used("seats", 4).told("team.growth", count=3)
    assert required(story.facts, GLOBAL, NOW)["seats"] == Decimal(7)
