"""A hand-off: what Sales get to know, and their answer."""

from typing import Any

import pytest

from services.console.form_values import Typed
from services.console.views import opportunities_handoff as views


class Form(Typed):
    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        return self[name] or default


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({"action": "request", "to": "", "note": "x"}, {"action": "request", "note": "x"}),
        ({"action": "accept", "text": "no"}, {"action": "accept"}),
        (
            {"action": "reject", "reason": "other", "text": "x"},
            {"action": "reject", "reason": "other", "text": "x"},
        ),
    ],
)
def test_a_form_is_an_entry(form: dict[str, str], wanted: dict[str, str]) -> None:
    assert views.entry(Form(form)) == {"type": "handoff", **wanted}
    assert views.entry(Form({"action": "steal"})) is None
    assert set(views.SAID) == set(views.FIELDS)


def test_what_is_missing_is_an_empty_part() -> None:
    known: dict[str, Any] = {
        "needs": [{"key": "sso", "name": "SSO", "text": "an audit"}],
        "answers": [{"question": "discovery.1", "text": "yes"}],
        "next_step": {"due": "2026-12-09", "type": "trial"},
        "value": {"hours": 10, "value": {"lines": ["Hours: 10 hours a week"]}},
        "objections": [{"objection": "budget_process", "text": None}],
        "stakeholders": [{"name": "Dana", "role": "decision_maker"}],
        "risks": {"competitor": ["Other"], "suppressions": []},
        "notes": [],
    }
    found = {"discovery": [{"key": "discovery.1", "text": "Are you growing?"}], "steps": []}
    parts = {one["name"]: one["lines"] for one in views.packet(known, views.questions(found))}
    told = {
        name: [(one["label"], one["code"], one["text"]) for one in lines]
        for name, lines in parts.items()
    }
    assert told["needs"] == [("SSO", "", "an audit")]
    assert told["answers"] == [("Are you growing?", "", "yes")], "not by the question's key"
    assert told["value"] == [("", "", "Hours: 10 hours a week")]
    assert told["objections"] == [("", "objection.budget_process", "")]
    assert told["stakeholders"] == [("", "role.decision_maker", "Dana")]
    assert parts["next_step"][0]["day"] == "2026-12-09"
    assert told["risks"] == [("", "", "Other")]
    assert told["notes"] == []


@pytest.mark.parametrize(
    ("state", "waits", "may_ask"),
    [(None, False, True), ("requested", True, False), ("rejected", False, True)],
)
def test_who_may_do_what_now(state: str | None, waits: bool, may_ask: bool) -> None:
    handoff = {"state": state, "packet": {}, "to": "s1"} if state else None
    found = {"handoff": handoff, "closed_at": None}
    view = views.view(found, Typed(), "s1", ["sales"])
    assert (view["waits"], view["may_ask"]) == (waits, may_ask)
    assert views.view(found, Typed(), "m1", ["manager"])["waits"] is waits
    assert not views.view(found, Typed(), "u7", ["csm"])["waits"], "who asked does not answer"
    assert not views.view({"handoff": None, "closed_at": "2026"}, Typed())["may_ask"]
