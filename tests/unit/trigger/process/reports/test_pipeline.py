"""What is open, how old it is, and how far deals come."""

from datetime import timedelta

from services.trigger.process.reports.funnel import report as funnel
from services.trigger.process.reports.pipeline import Reached, Standing, counts_of, report
from tests.unit.trigger.process.reports.asked import NOW, question

REACHED = [
    Reached("identified", False, 4),
    Reached("engaged", False),
    Reached("closed_won", True, 2),
]


def test_a_later_stage_counts_for_all_before() -> None:
    assert counts_of(REACHED) == [7, 3, 3, 2, 2]
    assert counts_of([]) == [0] * 5


def test_ages_by_stage_in_their_order() -> None:
    ages = (("engaged", 2), ("identified", 4), ("engaged", 4))
    open_ = [Standing(stage, NOW - timedelta(days=days)) for stage, days in ages]
    found = report(open_, REACHED, question())
    assert [(row["stage"], row["count"], row["mean_age_days"]) for row in found.rows] == [
        ("identified", 1, 4),
        ("engaged", 2, 3),
    ]
    assert found.totals["flows"]["negotiation"] == 2
    assert found.totals["flows"]["percents"][3] == 100


def test_the_funnel_has_four_of_the_five() -> None:
    (row,) = funnel(REACHED, question()).rows
    assert row == {"eligible": 7, "ready": 3, "engaged": 3, "won": 2}
