"""Groups of a day: their bounds in the reader's zone, also where a day has 23 or 25 hours."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.console.views import today
from services.console.views.today import Wanted

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)


def test_the_groups_are_apart_and_leave_nothing_out() -> None:
    asked = today.asks(Wanted(), "u7", NOON, "Asia/Tokyo")
    assert list(asked) == [*today.GROUPS, "closed", "asleep"]
    assert asked["today"]["due_before"] == asked["week"]["due_from"] == "2026-03-28T15:00:00Z"
    assert asked["week"]["due_before"] == asked["later"]["due_from"] == "2026-04-03T15:00:00Z"
    assert asked["closed"]["closed_from"] == "2026-03-27T15:00:00Z"
    assert {one["owner"] for one in asked.values()} == {"u7"}


def test_all_that_is_open_is_asked_for_only_if_the_groups_leave_some_out() -> None:
    groups = {name: _listed(0, n) for n, name in enumerate(today.GROUPS)}
    counts = {name: one for name, one in COUNTS.items() if name != "open"}
    assert today.view(Wanted(), groups | counts, "u7")["open"] == 6
    assert today.asks(Wanted(priority="high"), "u7", NOON, "UTC")["open"]["awake"]


def test_a_short_day_ends_at_its_midnight() -> None:
    before = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # clocks go forward at 01:00 there
    asked = today.asks(Wanted(), "u7", before, "Europe/Berlin")
    assert asked["today"]["due_before"] == "2026-03-29T22:00:00Z"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, Wanted()),
        ({"who": "all", "due": "today"}, Wanted("all", "today")),
        ({"due": "never", "priority": "urgent"}, Wanted()),
        ({"due": "all"}, Wanted()),
        ({"priority": "high", "kind": "k" * 200}, Wanted("me", "", "high", "k" * 100)),
    ],
)
def test_the_address_is_the_lists_state(query: dict[str, str], wanted: Wanted) -> None:
    assert today.wanted(query) == wanted


def test_what_is_snoozed_leaves_the_list_and_has_one_of_its_own() -> None:
    asked = today.asks(Wanted(), "u7", NOON, "UTC")
    assert {asked[name]["awake"] for name in today.GROUPS} == {True}
    asleep = today.asks(today.wanted({"due": "snoozed"}), "u7", NOON, "UTC")
    assert list(asleep) == ["snoozed", "open", "closed", "asleep"]
    assert asleep["snoozed"]["state"] == "snoozed"
    view = today.view(Wanted(), {name: _listed(0, 0) for name in today.GROUPS} | COUNTS, "u7")
    assert (view["snoozed"], view["asleep"]) == (1, "/console/today?due=snoozed")


def test_an_empty_list_points_to_this_week() -> None:
    asked = today.others(Wanted(due="today"), "u7", NOON, "UTC")
    assert asked["week"]["due_from"] == "2026-03-29T00:00:00Z"
    assert asked["week"]["due_before"] == "2026-04-04T00:00:00Z"
    assert "due_from" not in asked["others"]


def test_whose_tasks() -> None:
    assert [today.owner(Wanted(who), "u7") for who in ("me", "all", "u8")] == ["u7", None, "u8"]


def _task(id: str) -> dict[str, Any]:
    return {
        "id": id,
        "account": "a/1",
        "priority": "high",
        "state": "open",
        "closed_at": None,
        "lines": {},
    }


COUNTS: dict[str, Any] = {"open": {"total": 2}, "closed": {"total": 0}, "asleep": {"total": 1}}


def _listed(count: int, total: int, cursor: str | None = None) -> dict[str, Any]:
    tasks = [_task(f"t{n}") for n in range(1, count + 1)]
    return {"data": tasks, "total": total, "next_cursor": cursor}


def test_a_group_by_itself_is_turned_over() -> None:
    found = {"today": _listed(1, 2, "c1")}
    view = today.view(Wanted(due="today"), found | COUNTS, "u7")
    (group,) = view["groups"]
    assert view["next"] == "/console/today?due=today&cursor=c1"
    assert (group["total"], group["more"]) == (2, "")
    assert group["tasks"][0]["account_address"] == "/console/accounts/a%2F1"
    assert view["first"] == "/console/tasks/t1"
    after = today.asks(Wanted(due="today"), "u7", NOON, "UTC", "c1")
    assert (after["today"]["cursor"], after["open"].get("cursor")) == ("c1", None)


def test_all_groups_are_one_page_and_lead_to_what_is_left_out() -> None:
    lists = {name: _listed(40, 40) for name in today.GROUPS}
    view = today.view(Wanted(who="all"), lists | COUNTS, "u7")
    assert [len(one["tasks"]) for one in view["groups"]] == [40, 10, 0, 0]
    assert [one["more"] for one in view["groups"]] == [
        "",
        *(f"/console/today?who=all&due={name}" for name in ("today", "week", "later")),
    ]
    assert (view["shown"], view["next"]) == (50, "")
