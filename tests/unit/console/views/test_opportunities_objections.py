"""Objections, replies and outcomes."""

import pytest

from services.console.views import opportunities_objections as views
from tests.unit.console.views.test_deal_entries import Form, form


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (
            form(act="objection", objection="other_tools", wanted="sso, audit_log、x"),
            {
                "type": "objection",
                "objection": "other_tools",
                "wanted": ["sso", "audit_log", "x"],
            },
        ),
        (
            form(act="objection", objection="none", wanted="sso", text=""),
            {"type": "objection", "objection": "none"},
        ),
        (
            form(act="reply", objection="o1", channel="email", contacts=("c1", "c2")),
            {"type": "reply", "objection": "o1", "channel": "email", "contacts": ["c1", "c2"]},
        ),
        (
            form(act="reply", objection="o1", channel="call"),
            {"type": "reply", "objection": "o1", "channel": "call"},
        ),
        (
            form(act="outcome", objection="o1", result="resolved"),
            {"type": "outcome", "objection": "o1", "result": "resolved"},
        ),
        (
            form(act="answer", text="Grow", said_by="c1"),
            {"type": "answer", "question": "goal.quarter", "text": "Grow", "said_by": "c1"},
        ),
        (form(act="value"), None),
    ],
)
def test_a_form_is_an_entry(given: Form, sent: object) -> None:
    assert views.entry(given) == sent


def test_what_is_decided_is_not_decided_again() -> None:
    raised = [{"state": "answered"}, {"state": "unresolved"}]
    packs = [{"missing": ["goal", "feature"]}, {"missing": []}]
    view = views.view({"objections": raised, "packs": packs})
    assert [one["is_open"] for one in view["raised"]] == [True, False]
    assert [one["lacks_goal"] for one in view["packs"]] == [True, False]
