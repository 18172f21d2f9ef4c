"""What an account may use, and how much it has used, at the extremes that the API accepts."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.trigger.accounts import Grant, Override, Subscription
from services.trigger.limits import MOST_PERCENT, allowance, percent
from services.trigger.thresholds import State, evaluate
from shared.catalog import Threshold
from shared.catalog.types import LARGEST_LIMIT
from tests.support.catalogs import document, parsed, plan

SMALLEST, LARGEST = Decimal("1e-9"), Decimal("999999999999999999.999999999")
TOTAL_COLUMN = Decimal(10) ** 29
"""More than numeric(38, 9) holds."""


@pytest.mark.parametrize(
    ("used", "limit", "expected"),
    [
        (Decimal(24), Decimal(25), 96),
        (Decimal("96.999999999"), Decimal(100), 96),
        (LARGEST - SMALLEST, LARGEST, 99),
        (LARGEST, LARGEST, 100),
        (LARGEST, SMALLEST, MOST_PERCENT),
        (-LARGEST, SMALLEST, -MOST_PERCENT),
        (SMALLEST, LARGEST, 0),
        (Decimal(1), Decimal(0), None),
        (Decimal(1), None, None),
    ],
)
def test_a_share_is_floored_and_is_a_number_that_columns_and_json_hold(
    used: Decimal, limit: Decimal | None, expected: int | None
) -> None:
    assert percent(used, limit) == expected


def test_add_ons_by_the_thousand_million_leave_a_limit_that_columns_hold() -> None:
    packs = [
        {"id": f"pack{n}", "plans": ["a"], "price": {"month": 1}, "limits": {"storage": LARGEST}}
        for n in range(1000)
    ]
    catalog = parsed(document(plans=[plan("a", 1, storage=LARGEST), plan("b", 2)], add_ons=packs))
    bought = {f"pack{n}": 10**9 for n in range(1000)}
    subscription = Subscription("a", 1, datetime(2025, 1, 1, tzinfo=UTC), add_ons=bought)
    limit = allowance("storage", subscription, catalog, catalog, None).limit
    assert limit == LARGEST_LIMIT
    found = evaluate(LARGEST, limit, (Threshold(percent=1000),), State(), gauge=True)
    assert found.alert_at is not None
    assert found.alert_at < TOTAL_COLUMN


def test_units_beyond_28_digits_are_added_exactly() -> None:
    pack = {"id": "pack", "plans": ["a"], "price": {"month": 1}, "limits": {"storage": LARGEST}}
    catalog = parsed(document(plans=[plan("a", 1, storage=LARGEST), plan("b", 2)], add_ons=[pack]))
    assert catalog.limit("a", "storage", {"pack": 999}) == Decimal(
        "999999999999999999999.999999000"
    )


@pytest.mark.parametrize(
    ("own", "tried", "wanted"),
    [
        (5, 9, 9),
        (9, 5, 9),
        (5, None, None),
        (None, 5, None),
        (0, 5, 5),
        (5, 0, 5),
    ],
)
def test_the_larger_of_the_own_limit_and_the_trials_counts(
    own: int | None, tried: int | None, wanted: int | None
) -> None:
    def number(one: int | None) -> Decimal | None:
        return None if one is None else Decimal(one)

    catalog = parsed(document(plans=[plan("a", 1), plan("b", 2)]))
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    subscription, override = Subscription("a", 1, moment), Override("storage", True, number(own))
    without = allowance("storage", subscription, catalog, catalog, override)
    trial = Grant(number(tried), moment)
    found = allowance("storage", subscription, catalog, catalog, override, trial)
    assert (without.limit, found.limit) == (number(own), number(wanted))
    assert (found.thresholds, found.enforcement) == (without.thresholds, without.enforcement)
