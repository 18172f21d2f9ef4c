"""What the doctor says of processes."""

from datetime import UTC, datetime, timedelta

from plimsoll.checks import Finding
from plimsoll.checks.processes import told
from shared.operations.standings import Instance

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def instance(service: str, fault: str | None = None, age: float = 1) -> Instance:
    parts = ("kafka",) if fault else ()
    since = NOON if fault else None
    seen = timedelta(seconds=age)
    return Instance("host-1-a", service, "1", NOON, NOON, fault, parts, since, seen)


def test_all_is_well_with_one_of_each() -> None:
    found = told([instance(one) for one in ("ingest", "trigger", "trigger", "notifier")])
    assert found == [Finding("processes", "ingest 1, notifier 1, trigger 2")]


def test_nothing_is_said_if_nothing_runs() -> None:
    assert told([]) == []
    assert told([instance("ingest", age=60)]) == []


def test_what_is_not_ready_is_missing_or_silent_is_told() -> None:
    found = told(
        [
            instance("ingest", "kafka: does not answer\nloop: waits"),
            instance("trigger"),
            instance("trigger", age=60),
        ]
    )
    assert [(one.what, one.is_fault) for one in found] == [
        (
            "ingest in host-1-a is not ready since 2026-11-30 12:00 UTC: "
            "kafka: does not answer; loop: waits",
            True,
        ),
        ("no process of notifier runs", True),
        ("trigger in host-1-a has not been seen since 2026-11-30 12:00 UTC", False),
    ]
