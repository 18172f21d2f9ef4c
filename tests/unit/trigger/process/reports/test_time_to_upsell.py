"""How long customers take, also counting those who have not moved."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from services.trigger.process.reports.time_to_upsell import Life, report, wait
from tests.unit.trigger.process.reports.asked import UNTIL, question

START = datetime(2024, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_median_over_moved_and_waiting() -> None:
    lives = [Life("a", START, START + 100 * DAY), Life("b", START), Life("c", START)]
    found = report(lives, question())
    assert (found.totals["upgraded"], found.totals["censored"]) == (1, 2)
    assert (found.totals["median_months"], found.totals["p75_months"]) == (None, None)
    assert (found.rows[0]["days"], found.rows[0]["months"]) == (100, Decimal("3.29"))
    assert (found.rows[0]["calendar_months"], found.rows[1]["days"]) == (3, None)


def test_who_left_before_is_not_seen_to_move() -> None:
    gone = Life("a", START, START + 100 * DAY, START + 50 * DAY)
    assert wait(gone, UNTIL) == wait(Life("a", START, None, START + 50 * DAY), UNTIL)
    later = Life("a", START, UNTIL + DAY)
    assert not wait(later, UNTIL).moved


def test_each_step_is_told_if_it_is_asked_for() -> None:
    lives = [Life("a", START, START + 100 * DAY), Life("b", START), Life("c", START)]
    assert "curve" not in report(lives, question()).totals
    steps = report(lives, question(curve=True)).totals["curve"]
    assert steps == [{"days": 100, "percent": Decimal("66.7")}]
