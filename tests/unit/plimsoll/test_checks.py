"""What doctor reports as a fault, as a warning, or not at all."""

import dataclasses
from pathlib import Path

import pytest

from plimsoll.checks import room
from plimsoll.checks.examine import _addresses, _configuration, _settings, examine
from plimsoll.checks.finding import Finding
from plimsoll.checks.topics import Kept, findings
from plimsoll.composition import Ground, announce
from plimsoll.datadir import Running
from shared.embedded.lock import DataLock
from shared.embedded.stack import Addresses
from shared.messages import ACCOUNT_EVENTS, MESSAGES, TOPICS, USAGE_EVENTS, USAGE_TOTALS
from shared.runtime.settings import load_settings

DAY = 86_400_000
SOUND = {
    "cleanup.policy": "delete",
    "retention.ms": str(40 * DAY),
    "retention.bytes": "-1",
    "max.message.bytes": "1048588",
}


def found(
    topic: str, changes: dict[str, str] | None, *, replicas: int = 1, brokers: int = 1
) -> list[Finding]:
    kept = Kept(topic, None if changes is None else SOUND | changes, replicas)
    return [
        finding for finding in findings([kept], brokers=brokers, dedupe_days=35) if finding.remedy
    ]


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"cleanup.policy": "compact"}, "cleanup.policy=compact"),
        ({"cleanup.policy": "compact,delete"}, "cleanup.policy=compact,delete"),
        ({"cleanup.policy": "delete,compact"}, "cleanup.policy=delete,compact"),
        ({"retention.ms": "1000"}, "is kept 0.0 days"),
        ({"retention.ms": "0"}, "is kept 0.0 days"),
        ({"retention.bytes": "1048576"}, "keeps 1048576 bytes"),
        ({"retention.bytes": "0"}, "keeps 0 bytes"),
        ({"max.message.bytes": "100000"}, "takes 100000 bytes"),
        ({"min.insync.replicas": "2"}, "it accepts no records"),
    ],
)
def test_a_topic_that_loses_records_is_a_fault(
    topic: str, changes: dict[str, str], says: str
) -> None:
    (fault,) = found(topic, changes)
    assert fault.is_fault
    assert says in fault.what
    assert topic in fault.what


@pytest.mark.parametrize("topic", [ACCOUNT_EVENTS, USAGE_TOTALS, MESSAGES])
def test_a_week_is_long_enough_for_what_no_rewind_needs(topic: str) -> None:
    assert found(topic, {"retention.ms": str(7 * DAY)}) == []


def test_the_dedupe_window_wants_its_length_of_usage_events() -> None:
    (fault,) = found(USAGE_EVENTS, {"retention.ms": str(7 * DAY)})
    assert fault.is_fault
    assert found(USAGE_EVENTS, {"retention.ms": "-1", "retention.bytes": str(2**30)}) == []


@pytest.mark.parametrize(
    ("changes", "replicas", "brokers", "says"),
    [
        (None, 1, 1, "does not reveal the configuration"),
        ({}, 1, 3, "one replica on a cluster of 3"),
        ({"unclean.leader.election.enable": "true"}, 3, 3, "lacks acknowledged records"),
    ],
)
def test_what_is_worth_knowing_is_a_warning(
    changes: dict[str, str] | None, replicas: int, brokers: int, says: str
) -> None:
    (warning,) = found(USAGE_EVENTS, changes, replicas=replicas, brokers=brokers)
    assert (warning.warning, warning.is_fault) == (True, False)
    assert says in warning.what


def test_few_connections_left_is_a_warning_before_none_is_a_fault() -> None:
    assert room.connections(50, 97).remedy is None
    assert room.connections(90, 97).is_fault


NOWHERE = {
    "PLIMSOLL_DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x",
    "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Without a running installation, in a directory without `.env`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return monkeypatch


@pytest.mark.parametrize(
    ("environment", "faulty"),
    [
        ({"PLIMSOLL_SECRET_KEY": "short"}, {"PLIMSOLL_SECRET_KEY"}),
        ({"PLIMSOLL_ADMIN_KEY": "short"}, {"PLIMSOLL_ADMIN_KEY"}),
        (
            {
                "PLIMSOLL_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
                "PLIMSOLL_KAFKA_SASL_PASSWORD": "x" * 12,
            },
            {"PLIMSOLL_KAFKA_SASL_MECHANISM", "PLIMSOLL_KAFKA_SASL_USERNAME"},
        ),
        ({"PLIMSOLL_KAFKA_SASL_PASSWORD": "x" * 12}, {"PLIMSOLL_KAFKA_SECURITY_PROTOCOL"}),
        ({"PLIMSOLL_KAFKA_SECURITY_PROTOCOL": "SASL"}, {"PLIMSOLL_KAFKA_SECURITY_PROTOCOL"}),
    ],
)
async def test_one_faulty_setting_is_one_fault(
    alone: pytest.MonkeyPatch, environment: dict[str, str], faulty: set[str]
) -> None:
    """And not also that no key is set, that Kafka does not respond without its password, or that
    addresses are missing.
    """
    for name, value in (NOWHERE | environment).items():
        alone.setenv(name, value)
    faults = [
        finding
        for finding in await examine(None)
        if finding.is_fault and finding.subject not in ("PostgreSQL", "Kafka")
    ]
    assert {fault.what.split()[0] for fault in faults} == faulty
    assert {fault.subject for fault in faults} == {"configuration"}


async def test_keys_that_are_not_set_in_this_shell_may_be_set_for_the_services(
    alone: pytest.MonkeyPatch,
) -> None:
    for name, value in NOWHERE.items():
        alone.setenv(name, value)
    (keys,) = [finding for finding in await examine(None) if finding.subject == "keys"]
    assert not keys.is_fault


def test_settings_of_this_shell_are_no_fault_of_what_runs(alone: pytest.MonkeyPatch) -> None:
    alone.setenv("PLIMSOLL_PORT", "many")
    _, faults = _settings()
    running = Running(
        "http://127.0.0.1:1", "127.0.0.1:1", "postgresql://u:p@127.0.0.1:1/x", "k" * 32
    )
    (beside,) = _configuration(faults, running)
    (given,) = _configuration(faults, None)
    assert (beside.is_fault, given.is_fault) == (False, True)
    assert "this shell" in beside.what


@pytest.mark.parametrize(
    "given",
    [
        {
            "PLIMSOLL_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "PLIMSOLL_KAFKA_SASL_MECHANISM": "PLAIN",
        }
        | {
            "PLIMSOLL_KAFKA_SASL_USERNAME": "other",
            "PLIMSOLL_KAFKA_SASL_PASSWORD": "another-password",
        },
        {"PLIMSOLL_KAFKA_SSL_CAFILE": __file__},
        {},
    ],
    ids=["SASL", "SSL", "nothing"],
)
def test_what_runs_is_looked_at_with_its_own_settings_where_this_shell_has_none(
    alone: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str]
) -> None:
    own = load_settings(
        {
            "PLIMSOLL_PUBLIC_URL": "https://usage.example",
            "PLIMSOLL_TOPIC_PREFIX": "own.",
            "PLIMSOLL_DEDUPE_DAYS": "20",
        }
    )
    lock = DataLock(tmp_path)
    lock.acquire()
    settings = dataclasses.replace(own, embedded=True, data_dir=tmp_path)
    announce(
        Ground(settings, Addresses("127.0.0.1:1", "postgresql://u:p@127.0.0.1:1/x"), None),
        "127.0.0.1",
        1,
    )
    for name, value in given.items():
        alone.setenv(name, value)
    settings, _, _ = _addresses(_settings()[0], tmp_path, ())
    lock.release()
    assert (settings.public_url, settings.topic_prefix, settings.dedupe_days) == (
        "https://usage.example",
        "own.",
        20,
    )
    assert (
        settings.kafka_security_protocol,
        settings.kafka_sasl_username,
        settings.kafka_ssl_cafile,
    ) == ("PLAINTEXT", None, None)


def test_what_this_shell_sets_is_looked_at(alone: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = load_settings(
        {"PLIMSOLL_PUBLIC_URL": "https://usage.example", "PLIMSOLL_DEDUPE_DAYS": "20"}
    )
    lock = DataLock(tmp_path)
    lock.acquire()
    settings = dataclasses.replace(own, embedded=True, data_dir=tmp_path)
    announce(
        Ground(settings, Addresses("127.0.0.1:1", "postgresql://u:p@127.0.0.1:1/x"), None),
        "127.0.0.1",
        1,
    )
    alone.setenv("PLIMSOLL_PUBLIC_URL", "http://other.example")
    found, _, _ = _addresses(_settings()[0], tmp_path, ())
    lock.release()
    assert (found.public_url, found.dedupe_days) == ("http://other.example", 20)
