"""What notices at each threshold lead to, lowest first."""

from services.trigger.process.reports.thresholds import Reached, report
from tests.unit.trigger.process.reports.asked import question


def test_lowest_first() -> None:
    high, low = Reached(100, 1, 1, 1, 0, 1, 0, 0), Reached(80, 2, 0, 0, 0, 0, 0, 1)
    rows = report([high, low], question()).rows
    assert [row["threshold"] for row in rows] == [80, 100]
    assert rows[0]["unsubscribes"] == 1
