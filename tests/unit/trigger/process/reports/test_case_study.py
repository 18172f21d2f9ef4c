"""Before and after, and what the mix of prices asks for."""

from decimal import Decimal

from services.trigger.process.reports.case_study import Cohort, report
from tests.unit.trigger.process.reports.asked import question


def cohort(accounts: int, upgraded: int, start: int, end: int) -> dict[str, Cohort]:
    return {"USD": Cohort("USD", accounts, upgraded, Decimal(start), Decimal(end))}


def test_points_relative_mix_and_tenure() -> None:
    periods = {"before": cohort(100, 6, 110, 110), "after": cohort(200, 36, 110, 140)}
    found = report(periods, 0, question())
    assert [row["percent"] for row in found.rows] == [6, 18]
    assert (found.totals["points"], found.totals["relative_percent"]) == (12, 200)
    assert found.totals["price_mix"] == Decimal("1.2727")
    assert found.totals["tenure_needed"] == Decimal("1.1786")


def test_nothing_to_compare_is_null() -> None:
    found = report({"after": cohort(1, 1, 0, 0)}, 0, question())
    assert [row["percent"] for row in found.rows] == [None, 100]
    assert (found.totals["points"], found.totals["price_mix"]) == (None, None)
    empty = report({}, 3, question())
    assert (empty.rows, empty.totals["unknown"]) == ([], 3)
