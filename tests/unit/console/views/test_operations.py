"""What the services say of themselves."""

from typing import Any

from services.console.views import operations

FOUND: dict[str, Any] = {
    "services": [{"name": "ingest", "ready": False}, {"name": "trigger", "ready": True}],
    "lag": [{"lag": None}, {"lag": 3}, {"lag": 7}],
    "outbox": [],
    "channels": [],
    "parked": [{"account": "a1"}],
    "postgres": {"ready": True},
    "kafka": {"ready": False},
}


def test_what_is_wrong_is_counted_and_the_longest_lag_comes_first() -> None:
    view = operations.view(FOUND)
    assert view["troubles"] == 3
    assert [one["lag"] for one in view["lag"]] == [7, 3, None]
    assert view["lag_sum"] == 10
    assert operations.view(None)["away"]


def test_pages_that_a_role_may_not_see_are_not_offered() -> None:
    def names(*roles: str) -> set[str]:
        return {name for _, name, _ in operations.tabs(frozenset(roles), "operations")}

    assert {"keys", "audit"} <= names("operator")
    assert "keys" not in names("manager")
    assert "audit" in names("manager")
    assert not {"keys", "audit"} & names("csm")
