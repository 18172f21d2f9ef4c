"""The business case of an opportunity."""

from typing import Any

from services.console.views import opportunities_case as views
from tests.unit.console.views.test_deal_entries import form

FIGURES = {"members": "5", "hours": "10", "hourly_rate": "50", "currency": "USD"}
RESULT = {"multiple": "8.67"}
SAVED = {**FIGURES, "version": 2, "hours_basis": "team_total", "said_by": "c1", "value": RESULT}


def deal(value: Any = None) -> dict[str, Any]:
    return {"id": "o1", "currency": "USD", "value": value}


def test_figures_are_sent_as_the_api_takes_them() -> None:
    sent = {**FIGURES, "members": 5}
    given = form(act="value", **FIGURES, said_by="c1", automation_rate=" ")
    assert views.figures(given) == sent
    assert views.entry(given) == {"type": "value", **sent, "said_by": "c1"}
    assert views.entry(form(act="reckon", **FIGURES)) is None
    assert views.is_enough(sent)
    assert not views.is_enough({"hours": "10"})


def test_the_calculator_begins_with_the_newest_version_until_somebody_types() -> None:
    first = views.filled(deal(SAVED), {})
    assert (first["hours"], first["hours_basis"], first["said_by"]) == ("10", "team_total", "c1")
    typed = views.filled(deal(SAVED), {"hours": "8"})
    assert (typed["hours"], typed["hours_basis"], typed["members"]) == ("8", "per_person", "")
    assert views.filled(deal(), {})["currency"] == "USD"


def test_what_is_tried_is_shown_instead_of_the_newest_version() -> None:
    kept = views.view(deal(SAVED), {}, [], None)
    assert (kept["result"], kept["of_version"]) == (RESULT, 2)
    tried = views.view(deal(SAVED), {"hours": "8"}, None, {"multiple": "6.93"})
    assert (tried["result"], tried["of_version"]) == ({"multiple": "6.93"}, None)
    assert views.view(deal(), {}, [], None)["result"] is None
    assert kept["bundles"][1] == ("pdf", "/console/opportunities/o1/bundle?format=pdf")


def test_a_version_says_who_and_what() -> None:
    entry = {
        "at": "2026-12-01T09:00:00Z",
        "by": {"id": "u7"},
        "body": {"version": 1, "value": None},
    }
    (one,) = views.view(deal(), {}, [entry], None)["versions"]
    assert (one["version"], one["value"], one["said_by"], one["by"]) == (1, {}, None, {"id": "u7"})
