"""A form of a task as an entry."""

import pytest

from services.console.form_values import Typed
from services.console.views import task_entries


class Form(Typed):
    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        return self[name] or default


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({"act": "start"}, {"type": "start"}),
        (
            {"act": "close", "outcome": "success", "text": " done "},
            {"type": "close", "outcome": "success", "text": "done"},
        ),
        (
            {"act": "snooze", "until": "2026-12-01", "reason": ""},
            {"type": "snooze", "until": "2026-12-01"},
        ),
        ({"act": "assign", "person": "u7"}, {"type": "owner", "person": "u7"}),
        ({"act": "due", "due_at": "2026-12-01"}, {"type": "due", "due_at": "2026-12-01"}),
        ({"act": "note", "text": "x"}, {"type": "note", "text": "x"}),
        ({"act": "wake"}, {"type": "wake"}),
        ({"act": "drop"}, None),
        ({}, None),
    ],
)
def test_a_form_is_an_entry(form: dict[str, str], wanted: object) -> None:
    assert task_entries.entry(Form(form)) == wanted


def test_a_call_is_recorded_with_the_opportunity_or_else_as_a_note() -> None:
    form = Form({"act": "call", "title": " Price ", "held_on": "2026-12-01"})
    called = task_entries.call(form)
    assert called == {"type": "asset", "kind": "call", "title": "Price", "held_on": "2026-12-01"}
    assert task_entries.noted_call(called, "Call") == {
        "type": "note",
        "text": "Call: Price · 2026-12-01",
    }
    assert task_entries.call(Form({"act": "note", "text": "x"})) is None


def test_each_act_says_what_it_did() -> None:
    assert set(task_entries.SAID) == set(task_entries.ACTS)
