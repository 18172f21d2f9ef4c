"""The inbox of Sales."""

from typing import Any

from services.console.views import handoffs
from tests.unit.console.views.test_tasks_one import TASK


def test_the_state_is_its_address() -> None:
    assert handoffs.wanted({"state": "x", "who": "me"}) == {}
    assert handoffs.wanted({"state": "all", "who": "s1"}) == {"state": "all", "who": "s1"}


def test_mine_that_wait_unless_asked_otherwise() -> None:
    assert handoffs.query({}, "s1")["owner"] == "s1"
    assert handoffs.query({}, "s1")["open"]
    everything: dict[str, Any] = handoffs.query({"who": "all", "state": "all"}, "s1")
    assert (everything["owner"], everything["open"]) == (None, None)


def test_a_row_leads_to_the_hand_off() -> None:
    view = handoffs.view({}, {"data": [TASK], "total": 1, "next_cursor": "c"})
    assert view["rows"][0]["page"] == "/console/handoffs/o%2F1"
    assert view["next"] == "/console/handoffs?cursor=c"
    assert handoffs.view({}, None)["away"]
    assert handoffs.row({**TASK, "opportunity": None})["page"] == "/console/tasks/t1"
