"""Revenue and guardrails side by side."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from services.console import words
from services.console.views import reports, reports_one
from services.console.views.report.vocabulary import Vocabulary
from tests.unit.console.views.report import answers
from tests.unit.console.views.report.answers import ANSWERS, EMPTY

READY = {name: ("ready", ANSWERS[name]) for name in reports.PARTS}


def view(parts: dict[str, Any], **wish: str) -> dict[str, Any]:
    say = words.speaker("reports", "en-GB", "UTC")
    names = Vocabulary(say, partial(words.knows, "reports"))
    return reports.view(parts, ["pro"], wish, names, "en-GB")


def test_every_report_is_in_a_group_once() -> None:
    listed = [name for _, names in reports.GROUPS for name in names]
    assert sorted(listed) == sorted(reports_one.NAMES)


def test_each_part_says_its_figure_and_how_it_stands() -> None:
    found = view(READY)["parts"]
    shown = {
        name: [(lead["path"], lead["raw"], lead["shown"]) for lead in part["leads"]]
        for name, part in found.items()
    }
    assert shown == {
        "balance": [],
        "conversion": [("cohort_percent", "50.0", "")],
        "nrr": [("nrr_percent", "110.0", "")],
        "time_to_upsell": [("totals.median_months", "8.02", "8.02 months")],
        "retention": [("percent", "95.0", ""), ("percent", "80.0", "")],
        "missed": [("totals.held", "62", "62 of 140")],
        "holdout": [("totals.points", "12.0", "+12 points")],
    }
    assert found["conversion"]["tag"] == ("good", "in 40–60")
    assert found["retention"]["tag"] == ("good", "not lower")


def test_money_is_apart_by_currency_and_harm_is_marked() -> None:
    found = view(READY)
    revenue = [[one["raw"] for one in row] for row in found["balance"]["revenue"]]
    assert revenue == [["3600000", "20.0"], ["15000.00", ""]]
    assert found["balance"]["harms"]
    content = {**READY, "balance": ("ready", answers.balance(12, Decimal("-0.4")))}
    assert not view(content)["balance"]["harms"]


def test_what_is_not_there_yet_or_away_or_empty_says_so() -> None:
    parts: dict[str, Any] = {name: ("ready", EMPTY[name]) for name in reports.PARTS}
    parts |= {"nrr": ("loading", None), "missed": ("away", None)}
    found = view(parts)["parts"]
    assert [found[name]["state"] for name in ("conversion", "nrr", "missed")] == [
        "empty",
        "loading",
        "away",
    ]
    assert found["nrr"]["later"] == "/console/reports?part=nrr"
    assert view({name: ("away", None) for name in reports.PARTS})["balance"] is None


@pytest.mark.parametrize(("plan", "n"), [("pro", 10), ("none", 0)])
def test_a_plan_is_one_row_of_the_breakdown(plan: str, n: int) -> None:
    found = answers.conversion(("pro", 10, 5, 3, "in"), ("max", 30, 5, 3, "below"))
    parts = view({**READY, "conversion": ("ready", found)}, plan=plan)["parts"]
    assert (parts["conversion"]["state"] == "empty") == (n == 0)
    assert ("5 of 10" in parts["conversion"]["finding"]) == (n == 10)
    assert parts["nrr"]["is_whole"]
    assert reports.asked("conversion", {"plan": plan}, "en", "UTC")["by"] == "plan"
    assert "plan" not in reports.asked("nrr", {"plan": plan}, "en", "UTC")


def test_few_cases_are_not_praised() -> None:
    few = {
        "conversion": ("ready", answers.conversion(("all", 9, 5, 3, "in"))),
        "retention": ("ready", EMPTY["retention"]),
    }
    found = view({**READY, **few})["parts"]
    assert found["conversion"]["tag"] is None
    assert found["conversion"]["leads"][0]["few"]
    assert found["retention"]["tag"] is None
