"""Net revenue retention: 30,000 that became 105,000."""

from decimal import Decimal

from services.trigger.process.reports.nrr import Book, report
from tests.unit.trigger.process.reports.asked import question


def moves(**kinds: tuple[int, int]) -> dict[str, tuple[Decimal, Decimal]]:
    return {kind: (Decimal(added), Decimal(lost)) for kind, (added, lost) in kinds.items()}


def book(start: int, end: int, kept: int, **kinds: tuple[int, int]) -> Book:
    return Book("USD", 1, Decimal(start), Decimal(end), Decimal(kept), moves(**kinds))


def test_maruta() -> None:
    maruta = book(30_000, 105_000, 30_000, plan_upgrade=(75_000, 0))
    (row,) = report([maruta], 0, question()).rows
    assert (row["nrr_percent"], row["grr_percent"], row["plan_upgrade_points"]) == (350, 100, 250)
    assert row["plan_upgrade_share_percent"] == 100


def test_lower_prices_and_plans_are_contraction() -> None:
    sums = {
        "price_change": (5, -3),
        "downgrade": (0, -10),
        "churn": (0, -7),
        "limit_add_on": (2, 0),
    }
    (row,) = report([book(100, 87, 80, **sums)], 0, question()).rows
    assert (row["price_change"], row["contraction"], row["churn"]) == ("5.00", "-13.00", "-7.00")
    assert row["add_on"] == "2.00"


def test_nothing_to_divide_by() -> None:
    (row,) = report([book(0, 0, 0)], 1, question()).rows
    assert (row["nrr_percent"], row["plan_upgrade_share_percent"]) == (None, None)
