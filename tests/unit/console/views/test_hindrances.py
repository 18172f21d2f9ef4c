"""What keeps an opportunity from a stage."""

from typing import Any

import pytest

from services.console.views.hindrances import ahead, hindrances

DISCOVERY = [f"discovery_incomplete: discovery.{n}" for n in (1, 2, 3)]


def test_open_questions_are_said_once_with_where_they_are_answered() -> None:
    found = hindrances(["not_next: identified is before engaged", *DISCOVERY], "o/1")
    assert [one["code"] for one in found] == ["not_next", "discovery_incomplete"]
    form = "?act=answer-discovery.1#act-answer-discovery.1"
    assert [one["page"] for one in found] == [
        "",
        f"/console/opportunities/o%2F1/conversation{form}",
    ]
    assert found[1]["text"] == DISCOVERY[0]


def test_each_thing_that_is_named_is_said() -> None:
    found = hindrances(["discount_unapproved: pro", "discount_unapproved: sso"], "o1")
    assert [one["text"].split(": ")[1] for one in found] == ["pro", "sso"]


def test_nobody_is_sent_to_where_they_are() -> None:
    (found,) = hindrances(["no_price: pro"], "o1", "quote")
    assert found["tab"] == ""
    assert found["page"] == ""


def test_each_criterion_that_is_open_leads_to_its_form() -> None:
    verdicts = {"wall": "yes", "profile": "unknown", "budget": "no", "roi_articulated": "unknown"}
    criteria = [{"criterion": name, "verdict": one} for name, one in verdicts.items()]
    reason = "not_qualified: the verdict is nurture"
    (found,) = hindrances([reason], "o1", qualification={"criteria": criteria})
    page = "/console/opportunities/o1"
    assert [(one["criterion"], one["verdict"], one["page"]) for one in found["open"]] == [
        ("budget", "no", f"{page}/conversation?act=criterion-budget#act-criterion-budget"),
        ("profile", "unknown", f"{page}/conversation?act=criterion-profile#act-criterion-profile"),
        ("roi_articulated", "unknown", f"{page}/case#calculator"),
    ]
    (unknown,) = hindrances([reason], "o1")
    assert (unknown["open"], unknown["page"]) == ([], f"{page}/conversation")


@pytest.mark.parametrize(
    ("stage", "wanted"),
    [
        ("nurture", ["qualified", "engaged"]),
        ("qualified", ["engaged"]),
        ("engaged", []),
        ("closed_won", []),
    ],
)
def test_only_what_leads_further_is_ahead_the_next_one_first(stage: str, wanted: list[str]) -> None:
    moves: list[dict[str, Any]] = [{"to": to} for to in ("engaged", "identified", "qualified")]
    assert [one["to"] for one in ahead(stage, moves)] == wanted
