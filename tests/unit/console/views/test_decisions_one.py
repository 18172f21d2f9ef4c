"""A decision in words."""

from typing import Any

from services.console.views import decisions_one

BLOCK = {
    "gate": "dissatisfied",
    "result": "block",
    "reason": "NPS 4 on 2026-12-01",
    "evidence": {"nps": 4, "nps_at": "2026-12-01T09:00:00Z", "clears_when": "a better answer"},
}
PASS = {"gate": "duplicate", "result": "pass", "reason": "not seen before", "evidence": {}}
DECISION: dict[str, Any] = {
    "id": "d1",
    "account": "a/1",
    "outcome": "withheld",
    "gates": [PASS, BLOCK],
    "remedies": [{"task": "support_reinforcement", "owner": "cs", "due_at": "2026-12-03"}],
}
ACCOUNT = {"name": "Aozora", "time_zone": "Asia/Tokyo"}


def test_what_blocks_comes_first_and_all_are_there() -> None:
    tasks = [{"id": "t1", "reason": "support_reinforcement"}]
    view = decisions_one.view(DECISION, ACCOUNT, tasks, None, "en", "UTC")
    assert not view["offered"]
    assert [one["gate"] for one in view["blocking"]] == ["dissatisfied"]
    assert [one["shape"] for one in view["gates"]] == ["good", "act"]
    assert "NPS 4 on 2026-12-01" in view["blocking"][0]["text"]
    assert view["remedies"][0]["task_address"] == "/console/tasks/t1"
    assert view["messages"] == "/console/accounts/a%2F1/timeline?kind=message"


def test_without_the_account_its_id_stands_for_it() -> None:
    view = decisions_one.view(DECISION, None, None, None, "ja", "UTC")
    assert view["name"] == "a/1"
    assert view["remedies"][0]["task_address"] == ""


def test_the_notice_that_went_out_is_said_with_its_contacts() -> None:
    alerts = [
        {"decision": "d1", "notified": True, "percent": 80},
        {"decision": "d1", "notified": True, "percent": 95},
        {"decision": "d2", "notified": True, "percent": 100},
    ]
    told = [("d1", "c1"), ("d1", "c2"), ("d1", "c1"), ("d2", "c3"), ("d1", None)]
    messages = [{"decision": decision, "contact": contact} for decision, contact in told]
    found = decisions_one.notice("d1", alerts, messages)
    assert found == {"alert": alerts[1], "contacts": 2}
    assert decisions_one.notice("d1", alerts, None) is None
    assert decisions_one.notice("d1", alerts, []) is None, "it is on its way"
    assert decisions_one.notice("d1", [{**alerts[0], "notified": False}], messages) is None
