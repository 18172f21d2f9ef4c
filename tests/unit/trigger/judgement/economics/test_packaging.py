"""How plans are presented, and how well they fit."""

from datetime import timedelta
from decimal import Decimal

import pytest

from services.trigger.judgement.economics import packaging
from tests.support.catalogs import catalog
from tests.support.stories import NOW

GLOBAL = catalog("global")
STARTER, PRO, TOP = (GLOBAL.plans[key] for key in ("starter", "pro", "enterprise"))


def test_the_lowest_plan_gets_three_options_and_every_other_the_next_step() -> None:
    def shown(plan: str) -> list[tuple[str, bool, bool]]:
        options = packaging.options(GLOBAL, GLOBAL.plans[plan])
        return [(one.plan.id, one.current, one.recommended) for one in options]

    assert shown("starter") == [
        ("starter", True, False),
        ("pro", False, True),
        ("enterprise", False, False),
    ]
    assert shown("pro") == [("pro", True, False), ("enterprise", False, True)]
    assert shown("enterprise") == [("enterprise", True, False)]


def test_the_way_leads_to_the_next_plan_and_ends_at_the_top() -> None:
    step = packaging.path(GLOBAL, STARTER, {})
    assert step is not None
    assert step.plan == PRO
    assert step.towards
    assert packaging.path(GLOBAL, TOP, {}) is None


def test_a_promise_is_broken_a_second_late_and_never_if_there_is_none() -> None:
    hours = PRO.support.first_response_hours
    assert hours is not None
    promised = NOW + timedelta(seconds=int(hours * 3600))
    assert not packaging.sla_breached(PRO, NOW, promised)
    assert packaging.sla_breached(PRO, NOW, promised + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("held", "percent", "majority"),
    [
        (["pro"], "100.0", True),
        (["pro", "starter"], "50.0", False),
        (["pro", "pro", "starter"], "66.7", True),
        (["starter"], "0.0", False),
    ],
)
def test_exactly_half_is_no_majority(held: list[str], percent: str, majority: bool) -> None:
    assert packaging.share_on_target(GLOBAL, held) == (Decimal(percent), majority)
    assert packaging.share_on_target(GLOBAL, []) is None


@pytest.mark.parametrize(("early", "is_fault"), [(0, False), (50, False), (51, True), (100, True)])
def test_a_limit_that_most_reach_at_once_is_arbitrary(early: int, is_fault: bool) -> None:
    fault = packaging.arbitrary_limit(STARTER, "seats", 100, early)
    assert (fault is not None) is is_fault
    assert packaging.arbitrary_limit(STARTER, "seats", 0, 0) is None
