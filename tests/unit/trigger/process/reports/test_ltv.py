"""What a customer is worth, on average and piece by piece."""

from decimal import Decimal

from services.trigger.process.reports.ltv import Part, Subscribed, report
from tests.unit.trigger.process.reports.asked import question


def test_thirty_thousand_over_two_years() -> None:
    part = Part(1, 24, 0, Decimal(24 * 360_000), Decimal(0))
    (row,) = report([Subscribed("JPY", 1, Decimal(360_000), [part])], 0, question()).rows
    assert (row["arpa"], row["months"], row["ltv"]) == ("30000", Decimal("24.00"), "720000")
    assert row["ltv_piecewise"] == "720000"


def test_after_six_months_at_a_lower_price() -> None:
    # Six months at 10,000 and eighteen at 30,000.
    paid = Decimal(12 * (6 * 10_000 + 18 * 30_000))
    part = Part(1, 24, 0, paid, Decimal(0))
    (row,) = report([Subscribed("JPY", 1, Decimal(360_000), [part])], 0, question()).rows
    assert (row["ltv"], row["ltv_piecewise"]) == ("720000", "600000")


def test_nobody_is_no_row() -> None:
    found = report([Subscribed("USD", 0, Decimal(0), [])], 4, question())
    assert (found.rows, found.totals) == ([], {"unknown": 4})
