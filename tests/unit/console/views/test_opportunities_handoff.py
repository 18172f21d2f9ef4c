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
        "next_step": {"due": "2026-12-09"},
        "value": {"hours": 10, "assumed": ["x"]},
        "risks": ["NPS 4"],
        "notes": [],
    }
    parts = {one["name"]: one["lines"] for one in views.packet(known)}
    assert parts["needs"] == ["SSO · an audit"]
    assert parts["answers"] == ["discovery.1 · yes"]
    assert parts["value"] == ["10"]
    assert parts["risks"] == ["NPS 4"]
    assert parts["notes"] == parts["stakeholders"] == []


@pytest.mark.parametrize(
    ("state", "waits", "may_ask"),
    [(None, False, True), ("requested", True, False), ("rejected", False, True)],
)
def test_who_may_do_what_now(state: str | None, waits: bool, may_ask: bool) -> None:
    handoff = {"state": state, "packet": {}} if state else None
    view = views.view({"handoff": handoff, "closed_at": None}, Typed())
    assert (view["waits"], view["may_ask"]) == (waits, may_ask)
    assert not views.view({"handoff": None, "closed_at": "2026"}, Typed())["may_ask"]
