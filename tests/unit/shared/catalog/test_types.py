"""What a catalogue answers: thresholds in order, prices, filters, families and limits."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from shared.catalog.types import (
    LARGEST_LIMIT,
    Catalog,
    Meter,
    Price,
    Text,
    Threshold,
    in_order,
    same_value,
)
from tests.support.catalogs import document, parsed, plan


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("ja", "例"),
        ("ja-JP", "例"),
        ("JA", "例"),
        ("en-GB", "Example"),
        ("fr", "Example"),
        ("", "Example"),
    ],
)
def test_anything_but_japanese_reads_english(locale: str, expected: str) -> None:
    assert Text("Example", "例").in_(locale) == expected


@pytest.mark.parametrize(
    ("threshold", "limit", "amount", "key"),
    [
        (Threshold(95), "1000", "950", "95"),
        (Threshold(1), "0.000000001", "0.00000000001", "1"),
        (Threshold(1000), "1E27", "1E28", "1000"),
        (Threshold(95), "0", None, "95"),
        (Threshold(95), None, None, "95"),
        (Threshold(at=Decimal("9E+9")), None, "9000000000", "at:9000000000"),
        (Threshold(at=Decimal("0.50")), "0", "0.5", "at:0.5"),
    ],
)
def test_the_amount_at_which_a_threshold_is_reached(
    threshold: Threshold, limit: str | None, amount: str | None, key: str
) -> None:
    found = threshold.amount(None if limit is None else Decimal(limit))
    assert found == (None if amount is None else Decimal(amount))
    assert threshold.key == key


def test_percentages_without_an_amount_come_first_and_a_percentage_before_its_equal() -> None:
    given = (Threshold(at=Decimal(90)), Threshold(95), Threshold(90), Threshold(at=Decimal(1)))
    at_1, at_90, p90, p95 = given[3], given[0], given[2], given[1]
    assert in_order(given, Decimal(100)) == (at_1, p90, at_90, p95)
    for without in (None, Decimal(0)):
        assert in_order(given, without) == (p90, p95, at_1, at_90)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (200, Decimal("200.0"), True),
        (True, True, True),
        (None, None, True),
        (True, 1, False),
        (0, False, False),
        ("200", 200, False),
        (None, "", False),
    ],
)
def test_a_filter_compares_as_json_does(left: Any, right: Any, same: bool) -> None:
    assert same_value(left, right) is same
    assert same_value(right, left) is same


def test_a_missing_field_passes_only_a_filter_for_null() -> None:
    def meter(**filter_: Any) -> Meter:
        return Meter("m", "e", "count", None, "period", "call", Text("m", "m"), filter_)

    assert meter().matches({})
    assert meter(region=None).matches({})
    assert not meter(region="eu").matches({})
    assert not meter(region="eu", ok=True).matches({"region": "eu", "ok": False})
    assert meter(region="eu", ok=True).matches({"region": "eu", "ok": True, "more": 1})


@pytest.mark.parametrize(
    ("month", "year", "yearly", "monthly"),
    [
        ("49", "500", "500", Fraction(49)),
        ("49.99", None, "599.88", Fraction(4999, 100)),
        (None, "100", "100", Fraction(25, 3)),
        ("0", "0", "0", Fraction(0)),
        (None, None, "0", Fraction(0)),
    ],
)
def test_a_price_that_is_missing_comes_from_the_other(
    month: str | None, year: str | None, yearly: str, monthly: Fraction
) -> None:
    price = Price(*(None if one is None else Decimal(one) for one in (month, year)))
    assert (price.yearly, price.monthly) == (Decimal(yearly), monthly)


def _add_ons(**limits: Any) -> list[dict[str, Any]]:
    return [{"id": "pack", "price": 10, "plans": ["starter"], "limits": limits}]


def _sold() -> Catalog:
    starter = plan("starter", 1, 49, storage="10 GB", seats=5, extra={"seats": {"month": 8}})
    enterprise = plan("enterprise", 3)
    return parsed(document(plans=[starter, enterprise], add_ons=_add_ons(seats=3)))


@pytest.mark.parametrize(
    ("bought", "seats"),
    [
        ({}, "5"),
        ({"seats": 2}, "7"),
        ({"pack": 2}, "11"),
        ({"seats": 2, "pack": 1}, "10"),
        ({"gone": 9}, "5"),
        ({"pack": 10**30}, str(LARGEST_LIMIT)),
    ],
)
def test_a_limit_is_the_plan_s_and_what_was_bought_beside_it(
    bought: dict[str, int], seats: str
) -> None:
    assert _sold().limit("starter", "seats", bought) == Decimal(seats)


def test_nothing_is_added_to_unlimited_nor_to_another_meter() -> None:
    assert _sold().limit("enterprise", "seats", {"seats": 2, "pack": 2}) is None
    assert _sold().limit("starter", "storage", {"seats": 2, "pack": 2}) == 10**10


def test_a_step_stays_in_the_family_and_ends_at_its_top() -> None:
    plans = [
        plan("big", 4, family="team"),
        plan("free", 1),
        plan("small", 2, family="team"),
        plan("plus", 3),
    ]
    sold = parsed(document(plans=plans))
    assert [one.id for one in sold.family("big")] == ["small", "big"]
    assert [one.id for one in sold.higher_plans("free")] == ["plus"]
    assert [sold.next_plan(key) for key in ("big", "plus")] == [None, None]
    assert sorted(len(found) for found in sold.families().values()) == [2, 2]


def test_an_event_type_that_feeds_no_meter_is_ignored() -> None:
    sold = parsed(document())
    assert [meter.id for meter in sold.meters_for("seat.changed")] == ["seats"]
    assert sold.meters_for("seat.moved") == ()


def test_a_fact_may_name_any_feature_unless_they_are_declared() -> None:
    assert parsed(document()).knows_feature("anything")
    declared = parsed(document(features={"core": {}}))
    assert [declared.knows_feature(key) for key in ("core", "anything")] == [True, False]
