"""Revenue and satisfaction side by side."""

from decimal import Decimal

from services.trigger.process.reports.balance import Answers, Play, compared
from tests.unit.trigger.process.reports.asked import question


def play(now: int, before: int, *scores: tuple[int, int]) -> Play:
    won, former = {"USD": Decimal(now)}, {"USD": Decimal(before)}
    return Play(won, former, Answers(scores=scores, sent=10, complaints=1, helpful=3, unwanted=1))


def test_revenue_that_costs_satisfaction_is_flagged() -> None:
    harmful, fine = play(200, 100, (9, 8), (8, 8)), play(200, 100, (8, 9))
    found = compared({"nps_high": harmful, "renewal": fine}, harmful, 0, question())
    assert [one.variables["play"] for one in found.flags] == ["nps_high"]
    (first, second) = found.rows
    assert (first["nps_delta"], first["n"], first["change_percent"]) == (
        Decimal("-0.5"),
        2,
        Decimal("100.0"),
    )
    assert (second["helpful_percent"], second["complaint_percent"]) == (75, 10)


def test_a_fall_of_less_or_without_more_revenue_is_not() -> None:
    less = play(200, 100, (9, 9), (9, 9), (9, 8))
    same = play(100, 100, (9, 1))
    assert compared({"a": less, "b": same}, same, 0, question()).flags == []


def test_nothing_won_is_a_row_without_a_currency() -> None:
    found = compared({"a": Play()}, Play(), 2, question())
    assert found.rows[0]["currency"] is None
    assert (found.totals["won_year"], found.totals["unknown"]) == (None, 2)


def test_answers_add_up() -> None:
    both = Answers(((1, 2),), sent=1, helpful=1) + Answers(((3, 4),), sent=2)
    assert (both.scores, both.sent, both.helpful) == (((1, 2), (3, 4)), 3, 1)
