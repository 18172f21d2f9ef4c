"""What is said of processes, PostgreSQL and Kafka."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.operations.standings import Away, Figures, Instance
from shared.operations.view import EXPECTED, kafka_shown, postgres_shown, services_shown
from shared.wording.language import moment_text

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
AT = moment_text(NOON, "UTC", "en")


def instance(name: str, service: str = "trigger", *parts: str, age: float = 1) -> Instance:
    fault = "\n".join(f"{part}: is away" for part in parts) or None
    since = NOON if parts else None
    seen = timedelta(seconds=age)
    return Instance(name, service, "1", NOON, NOON, fault, parts, since, seen)


def test_a_service_without_a_process_is_shown_and_says_what_to_do() -> None:
    found = services_shown([instance("a", "ingest"), instance("a", "console")], [], "en")
    assert [one["name"] for one in found] == [*EXPECTED, "console"]
    assert [one["ready"] for one in found] == [True, False, False, True]
    assert found[1]["reasons"] == ["There is no process of trigger. Start one."]
    assert not found[1]["instances"]
    assert not found[0]["reasons"]


def test_one_of_two_processes_is_enough_and_the_other_is_named_once_per_part() -> None:
    found = [instance("a"), instance("b", "trigger", "kafka", "scheduler")]
    (shown,) = [one for one in services_shown(found, [], "en") if one["name"] == "trigger"]
    assert shown["ready"]
    assert [one["ready"] for one in shown["instances"]] == [True, False]
    assert shown["instances"][1]["fault"] == "kafka: is away\nscheduler: is away"
    assert shown["reasons"] == [
        f"trigger: 1 of 2 processes cannot use Kafka since {AT}.",
        f"trigger: scheduler does not work in 1 of 2 processes since {AT}.",
    ]
    (japanese,) = [one for one in services_shown(found, [], "ja") if one["name"] == "trigger"]
    assert "2プロセス中1プロセス" in japanese["reasons"][0]


@pytest.mark.parametrize("fault", [(), ("kafka",)])
def test_a_process_that_is_silent_counts_for_nothing(fault: tuple[str, ...]) -> None:
    found = services_shown([instance("a", "trigger", *fault, age=36)], [], "en")
    assert (found[1]["ready"], found[1]["instances"][0]["ready"]) == (False, False)
    (reason,) = found[1]["reasons"]
    assert reason.startswith(f"a, a process of trigger, was last seen at {AT}")


def test_this_process_is_as_it_is_now_whatever_its_row_says() -> None:
    own = instance("a", "trigger", "postgres")
    found = services_shown([instance("a"), instance("a", "ingest")], [own], "en")
    assert [one["ready"] for one in found] == [True, False, False]
    assert services_shown(None, [own], "en")[0]["name"] == "trigger", "the rest is not known"
    assert len(services_shown(None, [own], "en")) == 1


def test_the_servers_say_since_when_what_still_works_and_what_to_do() -> None:
    away = Away("does not answer", NOON)
    kafka = kafka_shown(away, "en")
    assert (kafka["ready"], kafka["since"]) == (False, "2026-11-30T12:00:00Z")
    assert kafka["text"].startswith(f"Kafka cannot be used since {AT}.")
    assert kafka["text"].endswith("Start Kafka; everything then goes on by itself.")
    assert kafka_shown(None, "ja")["text"] == "Kafkaは応答しています。"
    lost = postgres_shown(away, None, "ja-JP")
    assert (lost["ready"], lost["version"], lost["reason"]) == (False, None, "does not answer")
    assert "PostgreSQLを起動" in lost["text"]
    slow = postgres_shown(None, None, "en")
    assert (slow["ready"], slow["text"]) == (
        False,
        "There was no answer in time. The other parts hold.",
    )
    well = postgres_shown(None, Figures("17.2", 3, 100), "en")
    assert (well["ready"], well["connections"], well["text"]) == (True, 3, "PostgreSQL answers.")
