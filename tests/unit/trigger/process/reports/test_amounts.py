"""What upsells brought: a currency is never added to another."""

from decimal import Decimal

from services.trigger.process.reports.amounts import Upsell, report
from tests.unit.trigger.process.reports.asked import SINCE, question


def upsell(account: str, amount: int | None, currency: str = "USD", initial: int = 100) -> Upsell:
    added = None if amount is None else Decimal(amount)
    return Upsell(account, SINCE, currency, added, Decimal(initial))


def test_by_month_and_as_a_whole() -> None:
    found = report([upsell("a", 100), upsell("a", 50), upsell("b", 30)], question())
    (row,) = found.rows
    assert (row["month"], row["upsells"], row["sum"]) == ("2025-09", 3, "180.00")
    assert (row["mean"], row["median"]) == ("60.00", "50.00")
    (whole,) = found.totals["currencies"]
    # The first ARR of an account counts once.
    assert (whole["initial"], whole["ratio"]) == ("200.00", Decimal("0.90"))


def test_currencies_have_rows_of_their_own_and_the_unknown_none() -> None:
    found = report([upsell("a", 1), upsell("b", 2, "JPY"), upsell("c", None)], question())
    assert [row["currency"] for row in found.rows] == ["JPY", "USD"]
    assert found.totals["unknown"] == 1
    nothing = report([], question())
    assert (nothing.rows, nothing.totals) == ([], {"currencies": [], "unknown": 0})
