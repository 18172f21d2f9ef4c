"""What the services say of themselves."""

from typing import Any

from services.console.views import operations

FOUND: dict[str, Any] = {
    "services": [
        {"name": "ingest", "ready": False, "instances": [{}]},
        {"name": "trigger", "ready": True, "instances": [{}]},
        {"name": "notifier", "ready": False, "instances": []},
    ],
    "lag": [{"lag": None}, {"lag": 3}, {"lag": 7}],
    "outbox": [],
    "channels": [],
    "parked": [{"account": "a1"}],
    "postgres": {"ready": True},
    "kafka": {"ready": False},
}


def test_what_is_wrong_is_counted_and_the_longest_lag_comes_first() -> None:
    """Kafka, a service without a process and an account; ingest waits for Kafka alone."""
    view = operations.view(FOUND)
    assert view["troubles"] == 3
    assert view["causes"] == ["store.kafka", "notifier"]
    assert [one["lag"] for one in view["lag"]] == [7, 3, None]
    assert view["lag_sum"] == 10
    assert operations.view(None)["away"]
    ready = FOUND | {"kafka": {"ready": True}}
    assert operations.view(ready)["troubles"] == 3


def test_of_what_did_not_answer_nothing_is_said() -> None:
    missing = [{"part": "lag", "text": "There was no answer in time."}]
    view = operations.view(FOUND | {"missing": missing})
    assert view["unknown"] == {"lag": "There was no answer in time."}


def test_pages_that_a_role_may_not_see_are_not_offered() -> None:
    def names(*roles: str) -> set[str]:
        return {name for _, name, _ in operations.tabs(frozenset(roles), "operations")}

    assert {"keys", "audit"} <= names("operator")
    assert "keys" not in names("manager")
    assert "audit" in names("manager")
    assert not {"keys", "audit"} & names("csm")
