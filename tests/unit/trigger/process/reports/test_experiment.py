"""Two arms in their order: the first is what the second is compared with."""

from services.trigger.process.figures.uplift import Arm
from services.trigger.process.reports.experiment import report
from tests.unit.trigger.process.reports.asked import question


def test_the_second_against_the_first() -> None:
    found = report({"b": Arm(6, 100), "a": Arm(36, 200)}, question())
    assert [row["arm"] for row in found.rows] == ["b", "a"]
    assert (found.totals["points"], found.totals["conclusive"]) == (12, True)


def test_no_such_experiment() -> None:
    found = report({}, question())
    assert (found.rows, found.totals["conclusive"]) == ([], False)
