"""How many qualified deals are won, whole and in parts that sum to it."""

from services.trigger.process.reports.conversion import Qualified, report
from tests.unit.trigger.process.reports.asked import question

DEALS = [
    *[Qualified("closed_won", "pro")] * 4,
    *[Qualified("closed_lost", "pro")] * 3,
    Qualified("disqualified", "starter"),
    *[Qualified("engaged")] * 2,
]


def test_of_all_and_of_those_decided() -> None:
    (row,) = report(DEALS, question()).rows
    assert (row["key"], row["qualified"], row["won"], row["lost"], row["open"]) == (
        "all",
        10,
        4,
        4,
        2,
    )
    assert (row["cohort_percent"], row["decided_percent"], row["band"]) == (40, 50, "in")
    assert not row["low_n"]


def test_parts_sum_to_the_whole() -> None:
    found = report(DEALS, question(by="plan"))
    assert [row["key"] for row in found.rows] == ["pro", "starter", "unknown"]
    assert sum(row["qualified"] for row in found.rows) == found.totals["qualified"]


def test_nothing_qualified_is_no_percentage() -> None:
    (row,) = report([], question()).rows
    assert (row["cohort_percent"], row["band"], row["low_n"]) == (None, None, True)
