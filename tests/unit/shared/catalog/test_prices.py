"""Currencies and prices in a catalogue."""

from decimal import Decimal
from typing import Any

import pytest

from shared.catalog.place import Place
from shared.catalog.prices import read_currency, read_price, read_sum
from shared.catalog.types import Price
from shared.values.faults import Fault


@pytest.mark.parametrize(
    ("given", "currency", "amount"),
    [
        (0, "USD", "0"),
        ("0", "JPY", "0"),
        ("49.00", "USD", "49.00"),
        (Decimal("49.99"), "USD", "49.99"),
        (5000, "JPY", "5000"),
        ("1.234", "KWD", "1.234"),
        ("999999999999999999", "JPY", "999999999999999999"),
    ],
)
def test_an_amount_is_a_number_or_decimal_text(given: Any, currency: str, amount: str) -> None:
    faults: list[Fault] = []
    assert read_sum(Place(given, "/price", faults), currency) == Decimal(amount)
    assert faults == []


@pytest.mark.parametrize(
    ("given", "currency", "reason"),
    [
        ("free", "USD", "must be a number: 0 for a free plan"),
        ("無料", "JPY", "must be a number: 0 for a free plan"),
        ("$49", "USD", "must be a number, or a text"),
        ("1e3", "USD", "must be a number, or a text"),
        ("007", "USD", "must be a number, or a text"),
        (True, "USD", "must be a number, or a text"),
        ("49.999", "USD", "must have at most 2 decimals in USD"),
        ("0.5", "JPY", "must have at most 0 decimals in JPY"),
    ],
)
def test_what_is_no_amount_of_the_currency_is_a_fault(
    given: Any, currency: str, reason: str
) -> None:
    faults: list[Fault] = []
    read_sum(Place(given, "/price", faults), currency)
    assert [fault.reason[: len(reason)] for fault in faults] == [reason]


def test_a_price_is_of_a_month_a_year_or_both() -> None:
    faults: list[Fault] = []
    assert read_price(Place(5, "", faults), "USD") == Price(Decimal(5), None)
    assert read_price(Place({"year": 60}, "", faults), "USD") == Price(None, Decimal(60))
    assert faults == []
    read_price(Place({}, "/price", faults), "USD")
    assert [fault.reason for fault in faults] == [
        "must have a month's price, a year's price, or both"
    ]


@pytest.mark.parametrize("given", ["usd", "US", "XXXX", "ABC", 840, None])
def test_a_currency_is_a_code_of_iso_4217(given: Any) -> None:
    faults: list[Fault] = []
    assert read_currency(Place("JPY", "", faults)) == "JPY"
    assert faults == []
    assert read_currency(Place(given, "/currency", faults)) == ""
    assert len(faults) == 1
