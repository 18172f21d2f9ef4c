"""What each report says in a sentence."""

import re
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from services.console import words
from services.console.views.report.findings import finding
from services.console.views.report.vocabulary import Vocabulary
from services.console.views.reports_one import NAMES
from tests.unit.console.views.report import answers
from tests.unit.console.views.report.answers import ANSWERS, EMPTY

D = Decimal


def named(locale: str = "en-GB", by: str = "") -> Vocabulary:
    say = words.speaker("reports_one", locale, "UTC")
    return Vocabulary(say, partial(words.knows, "reports_one"), by)


def said(name: str, found: dict[str, Any] | None = None, locale: str = "en-GB") -> str:
    return finding(name, found or ANSWERS[name], named(locale))


FINDINGS = {
    "amounts": "Upsells: 2, together ¥3,600,000 a year (median ¥7,500). That is 1.5 times what "
    "these accounts first paid. Upsells: 2, together $24,000 a year (median $7,500). That is "
    "1.5 times what these accounts first paid.",
    "attribution": "Credited to a proposal: 1 of 2 upsells.",
    "balance": "Won a year: ¥3,600,000 (+20 % on the period before). Won a year: $15,000 "
    "(nothing in the period before). NPS after an offer: −0.8 (n = 12).",
    "case_study": "USD: 14 of 100 moved up, 11 of 100 before (+3 points).",
    "conversion": "Won: 5 of 10 qualified opportunities (50 %, in 40–60).",
    "costs": "Proposals: 20, won: 5. A win costs $280. A new customer costs 10.7 times that.",
    "experiment": "a: 8 of 40 moved up (20 %). b: 1 of 10 moved up (10 %). The difference is "
    "−10 points (95 %: −32.4 to +12.4). That is not conclusive: it takes 160 accounts per "
    "group to show it.",
    "first_year": "Moved up in their first year: 14 of 40 (35 %, in 30–50).",
    "funnel": "Of 40 eligible: 20 ready, 10 engaged, 5 won.",
    "handoffs": "Accepted: 9 of 12 answered hand-offs (75 %). The median answer took 5.5 hours.",
    "holdout": "comparison group: 6 of 100 moved up (6 %). offered: 36 of 200 moved up (18 %). "
    "The difference is +12 points (95 %: +4.9 to +19.1). That is more than chance (p 0.0047).",
    "hygiene": "Lacking on opportunities: 1; overdue tasks: 1.",
    "ltv": "Accounts stay 24 months on average and are worth ¥720,000 (n = 12).",
    "missed": "Of 140 signals: 1 missed, 70 told, 62 held back, 7 pending.",
    "nrr": "USD: NRR is 110 %, +15 points of it from plan upgrades.",
    "objections": "Objections raised: 10; resolved: 6 (60 %), 4 of those won. Most frequent: "
    "too expensive (10).",
    "owners": "Won: 9, lost: 2. Best: customer success, 8 of 10 (80 %).",
    "pipeline": "Open opportunities: 20, 14.7 days old on average; most are in Identified (12).",
    "plans": "default: 60 % of long-standing customers are on the target plan (n = 100). "
    "Limits reached too early: 1.",
    "plays": "Proposals sent: 123; reasons for them: 2. Paused by themselves: 1.",
    "readiness": "Qualified: 55 of 100 that a person was asked to handle.",
    "retention": "Stayed: 19 of 20 who moved up (95 %), 64 of 80 others (80 %).",
    "thresholds": "Notices: 90; proposals from them: 40; won: 7. Most were won after notices "
    "at 95 % (5).",
    "time_to_upsell": "Moved up: 7 of 12. Half take at most 8.02 months.",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_finding(name: str) -> None:
    assert said(name) == FINDINGS[name]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_said_in_japanese_too(name: str) -> None:
    told = said(name, locale="ja-JP")
    assert told.endswith("。")
    assert re.findall(r"\d+", said(name)) != []
    assert not re.search(r"[a-z]{4,}", told.replace("default", ""))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_said_of_nothing(name: str) -> None:
    assert said(name, EMPTY[name]) == ""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("conversion", answers.conversion(("all", 9, 5, 3, "in"))),
        ("nrr", answers.nrr(9)),
        ("holdout", answers.compared("holdout", (9, 1), (9, 3))),
        ("funnel", answers.answer("funnel", [{"eligible": 9, "ready": 3, "engaged": 1, "won": 0}])),
        ("owners", answers.answer("owners", [ANSWERS["owners"]["rows"][1]])),
    ],
)
def test_of_few_cases_there_is_the_count_and_no_percentage(
    name: str, found: dict[str, Any]
) -> None:
    assert "%" not in said(name, found)
    assert "few cases)" in said(name, found)
    assert "件数が少ない)" in said(name, found, "ja-JP")


def test_halves_that_are_missing_are_said_to_be() -> None:
    assert said("balance", answers.balance(0, None, ("USD", "1.00", None))).endswith(
        "NPS after an offer: no answers yet."
    )
    silent = answers.balance(3, D("0.5"), ("USD", "1.00", D("-50.0")))
    assert said("balance", silent) == (
        "Won a year: $1 (−50 % on the period before). NPS after an offer: +0.5 (n = 3, few cases)."
    )
    open_ = {**ANSWERS["handoffs"]["rows"][0], "accepted": 0, "rejected": 0, "timed_out": 0,
             "acceptance_percent": None, "median_hours": None}  # fmt: skip
    lost = ANSWERS["handoffs"]["totals"]
    found = answers.answer("handoffs", [open_], **lost)
    assert said("handoffs", found) == "Hand-offs that nobody has answered yet: 14."
    young = {**ANSWERS["time_to_upsell"]["totals"], "upgraded": 2, "median_months": None}
    told = said("time_to_upsell", answers.answer("time_to_upsell", [], **young))
    assert told == "Moved up: 2 of 12. It is not half of them yet, so there is no median."
    free = {**ANSWERS["costs"]["rows"][0], "won": 0, "cost_per_won": None, "won_ratio": None}
    assert "is not known" in said("costs", answers.answer("costs", [free]))
    same = answers.compared("holdout", (20, 2), (20, 2), points=D("0.0"), conclusive=False,
                            needed_per_arm=None, ci=[D("-18.6"), D("18.6")])  # fmt: skip
    assert said("holdout", same).endswith("There is no difference.")


def test_huge_numbers_are_written_out() -> None:
    told = said("nrr", answers.nrr(10**15, start=f"{10**15}.00"))
    assert "110 %" in told
    assert "1,000,000,000,000,000" in said(
        "amounts", answers.amounts(("2025-06", "USD", "1" + "0" * 15))
    )
