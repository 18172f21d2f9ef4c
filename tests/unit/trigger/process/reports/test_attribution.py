"""The newest proposal that arrived in time gets the credit."""

from datetime import timedelta
from decimal import Decimal

from services.trigger.process.reports.amounts import Upsell
from services.trigger.process.reports.attribution import (
    Delivered,
    Ladder,
    Move,
    attributed,
    report,
)
from tests.unit.trigger.process.reports.asked import NOW, question

LADDER = Ladder({"starter": ("g", 1), "pro": ("g", 2), "top": ("g", 3), "jp": ("j", 1)})
MOVE = Move(Upsell("a", NOW, "USD", Decimal(5), Decimal(1)), "pro")
DAY = timedelta(days=1)


def sent(id: str, days: int, plan: str = "pro", channel: str = "message") -> Delivered:
    return Delivered(id, "a", NOW - days * DAY, plan, channel)


def credited(*proposals: Delivered) -> str | None:
    (one,) = attributed([MOVE], proposals, LADDER)
    return one.credited.id if one.credited else None


def test_the_newest_in_its_window() -> None:
    assert credited(sent("old", 20), sent("new", 2)) == "new"
    assert credited(sent("edge", 30)) == "edge"
    assert credited(sent("late", 31)) is None
    assert credited(sent("person", 90, channel="person")) == "person"
    assert credited(sent("after", -1)) is None


def test_for_that_plan_or_a_lower_one_of_the_family() -> None:
    assert credited(sent("lower", 1, "starter")) == "lower"
    assert credited(sent("higher", 1, "top")) is None
    assert credited(sent("other", 1, "jp")) is None


def test_all_that_may_have_led_there_are_named() -> None:
    found = report(attributed([MOVE], [sent("a", 9), sent("b", 3)], LADDER), question())
    (row,) = found.rows
    assert (row["credited"], row["touches"], row["year"]) == ("b", ["b", "a"], "5.00")
    assert found.totals == {"upsells": 1, "credited": 1, "unknown": 0}
