"""Amounts and percents as exact texts."""

from decimal import Decimal

import pytest

from services.trigger.process import money


@pytest.mark.parametrize(
    ("pct", "text"),
    [("0", "0"), ("10.00", "10"), ("12.50", "12.5"), ("100", "100"), ("0.01", "0.01")],
)
def test_no_zeros_at_the_end(pct: str, text: str) -> None:
    assert money.percent_text(Decimal(pct)) == text


def test_a_part_is_rounded_to_the_currencys_unit() -> None:
    assert money.part(Decimal(75_000), Decimal(50), "USD") == Decimal("37500.00")
    assert money.part(Decimal("0.01"), Decimal(50), "USD") == Decimal("0.01")
    assert money.part(Decimal(1), Decimal(33), "JPY") == 0
    assert money.monthly(Decimal(75_000), "USD") == Decimal("6250.00")
    assert money.monthly(None, "USD") is None


def test_what_is_unknown_stays_unknown() -> None:
    assert (money.said(None, "USD"), money.read(None)) == (None, None)
    assert money.read(money.said(Decimal("1.5"), "USD")) == Decimal("1.50")
