"""Which objections come up; a process is no doubt."""

from decimal import Decimal

from services.trigger.process.reports.objections import Raised, report
from tests.unit.trigger.process.reports.asked import question


def raised(count: int, *, resolved: bool, won: bool, name: str = "too_expensive") -> list[Raised]:
    return [Raised(name, name == "budget_process", resolved, won)] * count


def test_ten_six_four() -> None:
    asked = [
        *raised(4, resolved=True, won=True),
        *raised(2, resolved=True, won=False),
        *raised(3, resolved=False, won=True),
        *raised(1, resolved=False, won=False),
        *raised(5, resolved=True, won=True, name="budget_process"),
    ]
    found = report(asked, question())
    assert [row["objection"] for row in found.rows] == ["budget_process", "too_expensive"]
    totals = found.totals
    assert (totals["raised"], totals["resolved_percent"], totals["won_percent"]) == (10, 60, 40)
    assert totals["won_of_resolved_percent"] == Decimal("66.7")


def test_none() -> None:
    found = report([], question())
    assert (found.rows, found.totals["resolved_percent"]) == ([], None)
