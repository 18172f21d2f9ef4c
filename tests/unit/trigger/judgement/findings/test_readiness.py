"""Ready to expand: the weighted mean of what is known, and what raises it most."""

from datetime import timedelta
from decimal import Decimal

import pytest

from services.trigger.judgement.findings.readiness import (
    WEIGHTS,
    pressure,
    readiness,
    score,
    values,
)
from tests.support.catalogs import catalog
from tests.support.stories import NOW, account

STARTER = account(catalog("global"), "starter")


@pytest.mark.parametrize(
    ("percent", "points"),
    [(10**9, 100), (100, 100), (99, 85), (95, 85), (90, 70), (80, 50), (79, 0), (0, 0)],
)
def test_how_full_the_fullest_meter_is(percent: int, points: int) -> None:
    assert pressure(percent) == points


def test_the_unknown_give_their_weight_away() -> None:
    found = score({"limit": Decimal(50)})
    assert found is not None
    assert (found.score, found.reasons[0].weight) == (Decimal("50.0"), Decimal("1.0000"))
    assert score({}) is None
    assert sum(WEIGHTS.values()) == 1


def test_a_need_counts_half_after_a_fortnight() -> None:
    fresh = STARTER.told("feature.requested", feature="sso")
    assert values(fresh.case("schedule"))["needs"] == 25
    old = STARTER.told("feature.requested", NOW - timedelta(days=14), feature="sso")
    assert values(old.case("schedule"))["needs"] == Decimal("12.5")


def test_the_three_that_raise_it_most() -> None:
    story = STARTER.used("storage", 9 * 10**9).told("feature.requested", feature="sso")
    found = readiness(story.case("schedule"))
    assert found is not None
    assert [one.key for one in found.reasons][:2] == ["limit", "needs"]
    assert len(score(dict.fromkeys(WEIGHTS, Decimal(1))).reasons) == 3  # type: ignore[union-attr]
