"""What a command takes over from the installation that runs on its data directory."""

import argparse
from pathlib import Path

import pytest

from plimsoll.datadir import Running, write_running
from plimsoll.installation import installation
from shared.embedded.lock import DataLock


@pytest.mark.parametrize("test_clock", [True, False])
def test_a_command_reads_the_clock_that_the_installation_reads(test_clock: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PLIMSOLL_TEST_CLOCK", "PLIMSOLL_DATABASE_URL", "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS"):
        monkeypatch.delenv(name, raising=False)
    lock = DataLock(tmp_path)
    lock.acquire()
    try:
        address = "postgresql://u:p@127.0.0.1:5432/d"
        write_running(tmp_path, Running("http://127.0.0.1:8000", "127.0.0.1:9092", address, "k" * 32, test_clock=test_clock))
        settings = installation(argparse.Namespace(data=tmp_path))
        assert (settings.test_clock, settings.database_url) == (test_clock, address)
    finally:
        lock.release()
