"""Readiness to expand, and the reasons behind both scores (BP-06, R-230)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.judgement.decision import plain
from services.trigger.judgement.findings.health import health
from services.trigger.judgement.findings.readiness import Readiness, pressure, readiness, score
from services.trigger.judgement.pipeline import decide
from tests.support.catalogs import catalog
from tests.support.stories import NOW, Story, account

GLOBAL = catalog("global")


def ready(story: Story) -> Readiness:
    found = readiness(story.case("schedule"))
    assert found is not None
    return found


def parts(story: Story) -> list[tuple[str, Decimal, Decimal]]:
    return [(one.key, one.value, one.weight) for one in ready(story).reasons]


@pytest.mark.parametrize(
    ("percent", "points"),
    [(0, 0), (79, 0), (80, 50), (89, 50), (90, 70), (94, 70), (95, 85), (99, 85), (120, 100)],
)
def test_bp_06_how_near_the_limit_is(percent: int, points: int) -> None:
    assert pressure(percent) == points


def test_bp_06_every_score_returns_its_three_first_reasons() -> None:
    known = dict.fromkeys(("limit", "needs", "fit", "growth"), Decimal(0))
    found = score(known | {"limit": Decimal(70), "needs": Decimal(50), "growth": Decimal(100)})
    assert found is not None
    assert found.score == Decimal("55.5")
    assert [(one.key, one.value, one.weight) for one in found.reasons] == [
        ("limit", Decimal(70), Decimal("0.4")),
        ("growth", Decimal(100), Decimal("0.15")),
        ("needs", Decimal(50), Decimal("0.25")),
    ]


def test_bp_06_what_is_unknown_gives_its_weight_away() -> None:
    """No profile and no months to compare: 0.40 and 0.25 are left."""
    story = account(GLOBAL, "pro").used("storage", 95 * 10**9).used("seats", 5)
    assert parts(story) == [
        ("limit", Decimal(85), Decimal("0.6154")),
        ("needs", Decimal(0), Decimal("0.3846")),
    ]
    assert ready(story).score == Decimal("52.3")
    assert readiness(account(GLOBAL, None).case("schedule")) is None
    assert score({}) is None


def test_bp_06_a_need_counts_half_after_a_fortnight() -> None:
    asked: dict[str, Any] = {"feature": "advanced_analytics"}

    def needs(story: Story) -> Decimal:
        return {key: value for key, value, _ in parts(story)}["needs"]

    story = account(GLOBAL, "pro")
    assert needs(story.told("need.stated", NOW, **asked)) == Decimal("25.0")
    assert needs(story.told("need.stated", NOW - timedelta(days=14), **asked)) == Decimal("12.5")
    again = story.told("need.stated", NOW - timedelta(days=28), **asked)
    assert needs(again) == Decimal("6.3")
    assert needs(again.told("feature.requested", NOW, **asked)) == Decimal("25.0"), "said last"
    four = story
    for feature in (
        "advanced_analytics",
        "advanced_automation",
        "exclusive_features",
        "webhooks",
        "compliance_certs",
    ):
        four = four.told("feature.requested", NOW, feature=feature)
    assert needs(four) <= 100
    assert needs(story.told("need.stated", NOW, feature="core")) == 0, "the own plan has it"
    assert needs(story.told("feature.gated", NOW, **asked)) == 0, "a guess is not a need"


def test_bp_06_the_profile_and_the_growing_team() -> None:
    story = account(GLOBAL, "pro")
    for kind in ("integrations", "criticality"):
        story = story.told(
            "evidence.recorded", criterion="profile", kind=kind, verdict="yes", text="so"
        )
    assert {key: value for key, value, _ in parts(story)}["fit"] == 50
    for month, people in ((7, 1), (8, 2), (9, 3)):
        for person in range(people):
            story = story.told("login.recorded", NOW.replace(month=month, day=2), user=f"u{person}")
    found = {key: value for key, value, _ in parts(story)}
    assert (found["growth"], found["fit"]) == (Decimal(100), Decimal(75))


def test_bp_06_health_names_what_lowers_it() -> None:
    story = account(GLOBAL, "pro").active(18).told("nps.responded", score=3).tickets("bug", 2)
    found = health(story.facts, GLOBAL.plans["pro"], GLOBAL.policy, NOW)
    assert found is not None
    reasons = found.json()["reasons"]
    assert len(reasons) == min(3, len(found.components))
    assert reasons[0]["key"] == found.worst
    lost = [(100 - Decimal(one["value"])) * Decimal(one["weight"]) for one in reasons]
    assert lost == sorted(lost, reverse=True)


def test_r_230_a_decision_says_who_when_and_how() -> None:
    """Who: loyalty. When: signals. How: recommendation and route."""
    story = account(GLOBAL, "pro").active(22).told("nps.responded", score=9)
    decided = plain(decide(story.crossing_case("storage", 95 * 10**9, 95)).json())
    assert decided["loyalty"] == {
        "segment": "high",
        "tenure": "yes",
        "logins": "yes",
        "nps": "yes",
        "enquiries": "unknown",
    }
    assert decided["signals"] == ["usage_limit"]
    assert decided["recommendation"]["plan"] == "enterprise"
    assert decided["route"]["owner"]
