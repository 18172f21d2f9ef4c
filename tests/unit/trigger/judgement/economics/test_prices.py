"""What a step costs, and how much more than is paid now: for all units, per interval, exactly."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.trigger.judgement.economics.prices import price_step
from tests.support.catalogs import document, parsed, plan
from tests.support.rulings import crossed
from tests.support.stories import Story, account

GB = 10**9


def starter(own: Any = None, target: Any = None, **contract: Any) -> Story:
    """On starter, with pro above it; prices as in the small catalogue unless given."""
    low = plan("starter", 1, 49, storage="10 GB", seats=5) | ({} if own is None else {"price": own})
    high = plan("pro", 2, 500, storage="100 GB", seats=25) | (
        {} if target is None else {"price": target}
    )
    paid = contract.pop("price", None)
    story = account(parsed(document(plans=[low, high])), "starter", **contract)
    subscription = story.facts.subscription
    assert subscription is not None
    if paid is None:
        return story
    return story.having(subscription=replace(subscription, price=Decimal(paid)))


@pytest.mark.parametrize(
    ("given", "interval", "price", "difference"),
    [
        ({}, "month", "500.00", "451.00"),
        ({"interval": "year"}, "year", "6000.00", "5412.00"),
        ({"quantity": 5}, "month", "2500.00", "2255.00"),
        ({"price": "40"}, "month", "500.00", "460.00"),
        ({"price": "400", "interval": "year", "quantity": 2}, "year", "12000.00", "11200.00"),
        ({"price": "10", "interval": "week"}, "month", "500.00", "456.67"),
        ({"price": "1", "interval": "day"}, "month", "500.00", "469.58"),
        ({"target": {"year": 6000}}, "year", "6000.00", "5412.00"),
        ({"target": {"month": 500}, "interval": "year"}, "month", "500.00", "451.00"),
        ({"own": {"month": 60, "year": 588}}, "month", "500.00", "440.00"),
        ({"own": {"month": 60, "year": 588}, "interval": "year"}, "year", "6000.00", "5412.00"),
        ({"own": "custom"}, "month", "500.00", None),
        ({"own": "custom", "price": "700"}, "month", "500.00", "-200.00"),
        ({"own": 500}, "month", "500.00", "0.00"),
    ],
)
def test_the_difference_to_what_is_paid(
    given: dict[str, Any], interval: str, price: str, difference: str | None
) -> None:
    story = starter(**given)
    found = price_step(
        story.catalog.plans["starter"], story.catalog.plans["pro"], story.facts.subscription
    )
    assert found is not None
    assert found.json() == {
        "interval": interval,
        "price": price,
        "difference": difference,
        "currency": "USD",
    }


def test_without_a_list_price_there_is_no_difference() -> None:
    story = starter(target="custom")
    assert (
        price_step(
            story.catalog.plans["starter"], story.catalog.plans["pro"], story.facts.subscription
        )
        is None
    )


def test_the_task_of_a_person_says_it_too() -> None:
    low = plan("starter", 1, 49, storage="10 GB", seats=5) | {"purchase": "assisted"}
    story = account(
        parsed(document(plans=[low, plan("pro", 2, 500, storage="100 GB", seats=25)])),
        "starter",
        quantity=2,
    )
    found = crossed(story, "storage", 8 * GB, 80)
    assert "The pro plan costs $1,000 a month ($902 more)." in found.tasks("en")[0]
    assert "proプランの料金は月額$1,000(差額 +$902)です。" in found.tasks("ja")[0]
    assert "$" not in found.read_by(locale="en"), (
        "a person offers it, and the notice names no price"
    )


def test_an_offer_says_how_much_more_it_is() -> None:
    """For three contracts paid at 40 a month."""
    found = crossed(starter(price="40", quantity=3), "storage", 8 * GB, 80)
    assert "($1,500 a month, $1,380 more)" in found.read_by(locale="en")
    assert "月額$1,500、差額 +$1,380" in found.read_by(locale="ja")
