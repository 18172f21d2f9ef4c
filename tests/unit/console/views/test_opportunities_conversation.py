"""The conversation of an opportunity."""

import pytest

from services.console.views import opportunities_conversation as views
from tests.unit.console.views.test_deal_entries import Form, form

SAID = {"question": "discovery.1", "text": "By hand", "said_by": "c1"}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (form(act="answer", **SAID), {"type": "answer", **SAID}),
        (
            form(act="answer", **SAID, needs__feature="sso", needs__meter="seats"),
            {"type": "answer", **SAID, "needs": [{"feature": "sso"}, {"meter": "seats"}]},
        ),
        (
            form(act="step", step="3", status="skipped", reason="Known"),
            {"type": "step", "step": 3, "status": "skipped", "reason": "Known"},
        ),
        (
            form(act="need", feature="sso", meter="", status="refuted", said_by="c1"),
            {"type": "need", "feature": "sso", "status": "refuted", "said_by": "c1"},
        ),
        (
            form(act="asset", kind="demo", title="Live", url=""),
            {"type": "asset", "kind": "demo", "title": "Live"},
        ),
        (form(act="move", to="engaged"), None),
    ],
)
def test_a_form_is_an_entry(given: Form, sent: object) -> None:
    assert views.entry(given) == sent


def test_a_step_says_what_it_lacks_and_whether_it_may_be_skipped() -> None:
    asked = {"key": "conversation.1.2", "text": "What holds you up?"}
    blocked = ["conversation.1.2", "step.3", "need"]
    steps = [
        {"step": 3, "status": "open", "blocked_by": blocked, "questions": [asked]},
        {"step": 8, "status": "done", "blocked_by": [], "questions": []},
    ]
    view = views.view({"discovery": [], "steps": steps, "needs": [], "assets": []})
    assert view["done"] == 1
    assert view["steps"][0]["missing"] == [
        ("question", "What holds you up?"),
        ("step", "3"),
        ("need", ""),
    ]
    assert [one["may_skip"] for one in view["steps"]] == [True, False]


def test_a_criterion_says_what_speaks_for_it_and_what_is_asked() -> None:
    row = {"type": "budget.stated", "text": "unknown", "source": "measured", "result": "unknown"}
    criteria = [
        {"criterion": "budget", "verdict": "unknown", "evidence": [row]},
        {"criterion": "roi_articulated", "verdict": "yes", "evidence": []},
    ]
    found = {"id": "o1", "discovery": [], "steps": [], "needs": [], "assets": []}
    budget, figures = views.view({**found, "qualification": {"criteria": criteria}})["criteria"]
    assert (budget["type"], budget["shape"], budget["page"]) == ("budget.stated", "unknown", "")
    assert [one.name for one in budget["fields"]] == ["status", "amount", "said_by"]
    assert budget["evidence"] == [{**row, "meter": "", "shape": "unknown"}]
    assert figures["page"] == "/console/opportunities/o1/case"
    assert views.view({**found, "qualification": None})["criteria"] == []
