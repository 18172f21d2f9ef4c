"""Whether anything was done about each reason to act, in time."""

from datetime import timedelta

from services.trigger.process.reports.missed_triggers import Assisted, report
from tests.unit.trigger.process.reports.asked import NOW, question

DAY = timedelta(days=1)


def assisted(id: str, ago: timedelta, acted: timedelta | None = None) -> Assisted:
    at = NOW - ago
    return Assisted(id, "a", at, "t", "u7", None if acted is None else at + acted)


def test_told_held_pending_and_missed() -> None:
    asked = [
        assisted("in time", 5 * DAY, 2 * DAY),
        assisted("late", 5 * DAY, 2 * DAY + timedelta(seconds=1)),
        assisted("never", 2 * DAY),
        assisted("still", 2 * DAY - timedelta(seconds=1)),
    ]
    outcomes = {"proposal": 2, "notice": 1, "withheld": 3, "none": 1, "failed": 1}
    found = report(outcomes, asked, 2 * DAY, question())
    assert found.totals == {"triggers": 12, "told": 4, "held": 4, "pending": 2, "missed": 2}
    assert [row["decision"] for row in found.rows] == ["late", "never"]
