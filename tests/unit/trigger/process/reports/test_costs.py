"""What it costs to win an upgrade."""

from decimal import Decimal

from services.trigger.process.reports.costs import report
from shared.catalog.process import Costs
from tests.unit.trigger.process.reports.asked import question

COSTS = Costs("USD", Decimal(500), Decimal(20))


def test_of_what_was_sent_and_won() -> None:
    (row,) = report(COSTS, 10, 4, question()).rows
    assert (row["ratio"], row["cost_per_won"], row["won_ratio"]) == (25, "50.00", 10)


def test_nothing_won_and_nothing_known() -> None:
    (row,) = report(COSTS, 10, 0, question()).rows
    assert (row["cost_per_won"], row["won_ratio"]) == (None, None)
    unknown = report(None, 10, 4, question())
    assert [one.flag for one in unknown.flags] == ["costs_unknown"]
    assert unknown.rows[0]["ratio"] is None
