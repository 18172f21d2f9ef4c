"""Offered accounts against those held out."""

from decimal import Decimal

from services.trigger.process.figures.uplift import Arm
from services.trigger.process.reports.holdout import report
from tests.unit.trigger.process.reports.asked import question


def test_the_figures_of_an_uplift() -> None:
    found = report({"offered": Arm(36, 200), "control": Arm(6, 100)}, question())
    totals = found.totals
    assert (totals["z"], totals["p"]) == (Decimal("2.82"), Decimal("0.0047"))
    assert totals["ci"] == [Decimal("4.9"), Decimal("19.1")]
    assert [row["percent"] for row in found.rows] == [6, 18]


def test_few_are_not_conclusive() -> None:
    totals = report({"offered": Arm(8, 40), "control": Arm(1, 10)}, question()).totals
    assert (totals["z"], totals["p"]) == (Decimal("0.74"), Decimal("0.4616"))
    assert totals["verdict"] == "not conclusive"
    nobody = report({}, question())
    assert [row["percent"] for row in nobody.rows] == [None, None]
