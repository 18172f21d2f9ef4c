"""An opportunity on its page."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.console.form_values import Typed
from services.console.views import opportunities_one as views
from tests.unit.console.views.test_pipeline import DEAL

NOW = datetime(2026, 12, 10, tzinfo=UTC)


class Form(Typed):
    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        return self[name] or default


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({"act": "move", "to": "engaged"}, {"type": "move", "to": "engaged"}),
        (
            {"act": "next_step", "kind": "trial", "owner": "u7", "due": "2026-12-12", "note": " "},
            {"type": "next_step", "kind": "trial", "owner": "u7", "due": "2026-12-12"},
        ),
        ({"act": "propose"}, None),
        ({}, None),
    ],
)
def test_a_form_is_an_entry(form: dict[str, str], wanted: object) -> None:
    assert views.entry(Form(form)) == wanted


def test_each_act_says_what_it_did() -> None:
    assert set(views.SAID) == set(views.FIELDS)


def _move(to: str, *reasons: str) -> dict[str, Any]:
    return {"to": to, "allowed": not reasons, "reasons": list(reasons)}


def test_moves_are_apart_and_entries_say_something() -> None:
    moves = [_move("nurture"), _move("engaged"), _move("proposal", "not_next: x")]
    entry: dict[str, Any] = {"seq": 2, "body": {"to": "engaged"}}
    view = views.view({"id": "o1", "stage": "qualified", "moves": moves}, [entry], {}, [])
    assert view["onward"]["to"] == "engaged"
    assert view["next"] is None
    assert [one["to"] for one in view["allowed"]] == ["nurture"]
    assert [one["to"] for one in view["refused"]] == ["proposal"]
    assert view["entries"][0]["said"] == "engaged"


def test_a_proposal_is_made_by_its_form_and_not_by_a_move() -> None:
    view = views.view({"id": "o1", "stage": "engaged", "moves": [_move("proposal")]}, [], {}, [])
    quote = "/console/opportunities/o1/quote?act=propose#act-propose"
    assert (view["onward"]["page"], view["allowed"]) == (quote, [])
    moves = {"id": "o1", "stage": "qualified", "moves": [_move("engaged")]}
    assert views.view(moves, [], {}, [])["onward"]["page"] == ""


def test_the_stage_to_come_says_what_is_missing_and_where_that_is_done() -> None:
    moves = [
        _move("identified"),
        _move("engaged", "no_answer: none"),
        _move("qualified", "not_qualified: the verdict is needs_discovery"),
    ]
    view = views.view({"id": "o1", "stage": "needs_discovery", "moves": moves}, [], {}, [])
    assert view["onward"] is None
    assert view["next"]["to"] == "qualified"
    (reason,) = view["next"]["reasons"]
    assert reason["page"] == "/console/opportunities/o1/conversation"
    assert [one["to"] for one in view["refused"]] == ["engaged"]


def test_tabs_are_addresses() -> None:
    found = {**DEAL, "decision": "d1"}
    frame = views.frame(found, "case", "Aozora", NOW)
    assert [name for _, name, current in frame["tabs"] if current] == ["case"]
    assert frame["tabs"][0][0] == "/console/opportunities/o%2F1"
    assert frame["decision"] == "/console/decisions/d1"
