"""HLT: the health score (R-060..R-063, BP-01..BP-04)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.trigger.judgement.findings.health import band, health, score, utilisation
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

GLOBAL = catalog("global")
SEED = {"logins": Decimal("0.5"), "features": Decimal("0.5")}


def test_r_060_logins_and_features_weigh_the_same() -> None:
    plan = replace(GLOBAL.plans["pro"], features=tuple(f"f{n}" for n in range(10)))
    story = account(GLOBAL, "pro").active(18)
    for index in range(7):
        story = story.told("feature.used", feature=f"f{index}")
    found = health(story.facts, plan, replace(GLOBAL.policy, health=SEED), NOW)
    assert found is not None
    assert found.score == Decimal("80.0")


def test_r_062_a_missing_input_gives_its_weight_away() -> None:
    weights = {"logins": Decimal("0.5"), "features": Decimal("0.3"), "nps": Decimal("0.2")}
    found = score({"logins": Decimal(90), "features": Decimal(70)}, weights)
    assert found is not None
    assert found.score == Decimal("82.5")
    assert score({}, weights) is None


def test_r_063_the_components_explain_the_score() -> None:
    story = account(GLOBAL, "pro").active(18).told("nps.responded", score=3).tickets("bug", 2)
    found = health(story.facts, GLOBAL.plans["pro"], GLOBAL.policy, NOW)
    assert found is not None
    assert abs(sum(part.value * part.weight for part in found.components) - found.score) <= Decimal(
        "0.1"
    )
    assert found.worst == "nps"


def test_r_063_the_trend_compares_with_30_days_ago() -> None:
    story = account(GLOBAL, "pro").active(20, until=NOW - timedelta(days=30)).active(5)
    found = health(story.facts, GLOBAL.plans["pro"], GLOBAL.policy, NOW)
    assert found is not None
    assert found.trend == "down"


def test_bp_01_health_is_not_readiness() -> None:
    """Tanuki: a wall right ahead, and unhappy: nothing is sold."""
    story = (
        account(GLOBAL, "pro")
        .told("nps.responded", score=4)
        .tickets("bug", 3)
        .tickets("complaint", 2)
    )
    found = health(story.facts, GLOBAL.plans["pro"], GLOBAL.policy, NOW)
    assert found is not None
    assert found.band == "red"
    assert story.crossing("storage", 95 * 10**9, 95).outcome == "withheld"


@pytest.mark.parametrize(
    ("exact", "colour"),
    [("50", "red"), ("51", "yellow"), ("75", "yellow"), ("75.4", "yellow"), ("76", "green")],
)
def test_bp_02_band_edges(exact: str, colour: str) -> None:
    assert band(Decimal(exact)) == colour


@pytest.mark.parametrize(
    ("percent", "months", "colour"),
    [(60, 4, "green"), (60, 7, "yellow"), (60, 10, "red"), (80, 20, "green")],
)
def test_bp_04_utilisation_by_age(percent: int, months: int, colour: str) -> None:
    assert utilisation(percent, months) == colour


def test_bp_03_the_weights_are_the_policys_and_missing_inputs_give_theirs_away() -> None:
    known = {"logins": Decimal(100), "features": Decimal(50)}
    even = score(known, SEED)
    logins_only = score(known, {"logins": Decimal(1)})
    assert even is not None
    assert logins_only is not None
    assert (even.score, logins_only.score) == (Decimal("75.0"), Decimal("100.0"))
    assert [part.weight for part in logins_only.components] == [Decimal("1.0000")]
