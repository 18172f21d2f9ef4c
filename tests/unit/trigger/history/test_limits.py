"""What an account was allowed of a meter at moments of the past."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from services.trigger.accounts import Override, Subscription, Trial
from services.trigger.history.limits import Agreed, OverriddenSince, SoldSince
from tests.support.catalogs import catalog

GLOBAL = catalog("global")
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
STARTER, PRO = (Subscription(plan, 1, JUNE) for plan in ("starter", "pro"))
STORAGE = {plan: GLOBAL.plans[plan].limits["storage"].limit for plan in ("starter", "pro")}


def agreed(**more: object) -> Agreed:
    sold = [SoldSince(JUNE, STARTER), SoldSince(JUNE + 10 * DAY, PRO)]
    return replace(Agreed("storage", sold, (), (), {1: GLOBAL}, GLOBAL), **more)  # type: ignore[arg-type]


def test_a_plan_applies_from_its_moment_on() -> None:
    known = agreed()
    assert known.limit(JUNE - DAY) is None
    assert known.limit(JUNE) == STORAGE["starter"]
    assert known.limit(JUNE + 10 * DAY - timedelta(seconds=1)) == STORAGE["starter"]
    assert known.limit(JUNE + 10 * DAY) == STORAGE["pro"]
    ended = [*known.subscriptions, SoldSince(JUNE + 20 * DAY, None)]
    assert agreed(subscriptions=ended).limit(JUNE + 21 * DAY) is None


def test_a_limit_of_its_own_applies_until_it_is_taken_back() -> None:
    own = [
        OverriddenSince(JUNE + DAY, Override("storage", True, Decimal(7))),
        OverriddenSince(JUNE + 2 * DAY, Override("storage", True, None)),
        OverriddenSince(JUNE + 3 * DAY, Override("storage", False, None)),
    ]
    found = [agreed(overrides=own).limit(JUNE + n * DAY) for n in range(4)]
    assert found == [STORAGE["starter"], 7, None, STORAGE["starter"]]


def test_a_trial_counts_where_its_limit_is_the_larger_one() -> None:
    tried = {"storage": Decimal(10**15), "seats": None}
    trial = Trial("t", "o", (), tried, JUNE + DAY, JUNE + 2 * DAY)
    known = agreed(trials=[trial])
    assert known.limit(JUNE + DAY) == 10**15
    assert known.limit(JUNE + 2 * DAY) == STORAGE["starter"]
