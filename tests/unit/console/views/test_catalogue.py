"""Versions of the catalogue, and the backtests of late."""

from decimal import Decimal
from typing import Any

from services.console.views.catalogue import author, job, may_write, names_of, view

BY = {"kind": "person", "id": "u7"}
PEOPLE = {"data": [{"id": "u7", "name": "Kato"}]}


def version(number: int, by: Any = BY) -> dict[str, Any]:
    at = "2026-11-01T00:00:00Z"
    return {"version": number, "applied_at": at, "applied_by": by, "accounts": 3}


JOB = {
    "id": "bt_1",
    "state": "running",
    "progress": Decimal("0.25"),
    "asked_by": {"kind": "key", "id": "shop"},
    "totals": None,
}


def test_the_first_is_in_force_and_each_is_compared_with_the_one_before() -> None:
    listed = {"data": [version(3), version(1, None)], "next_cursor": "c"}
    found = view(listed, {"data": [JOB]}, frozenset({"csm"}), True, names_of(PEOPLE))
    assert [(one["in_force"], one["by"], one["compare"]) for one in found["rows"]] == [
        (True, "Kato", "/console/catalogue/compare?a=1&b=3"),
        (False, "", ""),
    ]
    assert (found["has_next"], found["next"]) == (True, "/console/catalogue?cursor=c")
    assert (found["may_write"], found["jobs"][0]["percent"]) == (False, 25)
    later = view(listed, None, frozenset({"planner"}), False, {})
    assert [one["in_force"] for one in later["rows"]] == [False, False]
    assert (later["may_write"], later["jobs"]) == (True, None)


def test_who_it_was() -> None:
    names = names_of(PEOPLE)
    assert author({"kind": "person", "id": "u9"}, names) == "u9"
    assert author({"kind": "key", "id": "u7"}, names) == "u7"
    assert names_of(None) == {}
    assert job(JOB, names)["address"] == "/console/catalogue/backtests/bt_1"


def test_plan_owners_and_admins_write() -> None:
    assert may_write(frozenset({"planner", "csm"}))
    assert may_write(frozenset({"admin"}))
    assert not may_write(frozenset({"csm", "sales", "manager", "operator"}))
