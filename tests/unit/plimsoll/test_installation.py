"""What a command adopts from the installation running on its data directory."""

import argparse
from pathlib import Path

import pytest

from plimsoll.datadir import Running, write_running
from plimsoll.installation import installation
from shared.embedded.lock import DataLock


@pytest.mark.parametrize("test_clock", [True, False])
def test_a_command_reads_the_clock_that_the_installation_reads(
    test_clock: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "PLIMSOLL_TEST_CLOCK",
        "PLIMSOLL_DATABASE_URL",
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS",
    ):
        monkeypatch.delenv(name, raising=False)
    lock = DataLock(tmp_path)
    lock.acquire()
    try:
        address = "postgresql://u:p@127.0.0.1:5432/d"
        write_running(
            tmp_path,
            Running(
                "http://127.0.0.1:8000", "127.0.0.1:9092", address, "k" * 32, test_clock=test_clock
            ),
        )
        settings = installation(argparse.Namespace(data=tmp_path))
        assert (settings.test_clock, settings.database_url) == (test_clock, address)
    finally:
        lock.release()


def test_a_command_signs_in_to_kafka_as_the_services_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PLIMSOLL_DATABASE_URL", "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"):
        monkeypatch.delenv(name, raising=False)
    signs_in = {
        "kafka_security_protocol": "SASL_PLAINTEXT",
        "kafka_sasl_username": "u",
        "public_url": "https://usage.example",
    }
    lock = DataLock(tmp_path)
    lock.acquire()
    try:
        write_running(
            tmp_path,
            Running(
                "http://127.0.0.1:1",
                "127.0.0.1:1",
                "postgresql://u:p@127.0.0.1:1/d",
                "k" * 32,
                settings=signs_in,
            ),
        )
        settings = installation(argparse.Namespace(data=tmp_path), kafka=True)
        assert (settings.kafka_security_protocol, settings.kafka_sasl_username) == (
            "SASL_PLAINTEXT",
            "u",
        )
        monkeypatch.setenv("PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS", "kafka.example:9092")
        assert (
            installation(argparse.Namespace(data=tmp_path), kafka=True).kafka_security_protocol
            == "PLAINTEXT"
        )
    finally:
        lock.release()
