"""How commands find the running installation, and which files only the owner may read."""

import json
from pathlib import Path

from plimsoll.datadir import Running, admin_key, find_running, write_running
from shared.embedded.lock import DataLock

RUNNING = Running(
    "http://127.0.0.1:8000", "127.0.0.1:9092", "postgresql://u:p@127.0.0.1:5432/d", "k" * 32
)


def test_what_was_written_down_counts_only_while_its_process_lives(tmp_path: Path) -> None:
    lock = DataLock(tmp_path)
    lock.acquire()
    write_running(tmp_path, RUNNING)
    assert find_running(tmp_path) == (tmp_path, RUNNING)
    lock.release()  # like a crash: the file stays
    assert find_running(tmp_path) == (tmp_path, None)


def test_secrets_are_readable_for_their_owner_alone(tmp_path: Path) -> None:
    write_running(tmp_path, RUNNING)
    key, file = admin_key(tmp_path)
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "run.json", file)] == [0o600, 0o600]
    assert len(key) >= 32
    assert admin_key(tmp_path) == (key, file)


def test_fields_of_a_newer_version_are_ignored(tmp_path: Path) -> None:
    lock = DataLock(tmp_path)
    lock.acquire()
    write_running(tmp_path, RUNNING)
    file = tmp_path / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"console": "http://127.0.0.1:8001"}))
    assert find_running(tmp_path) == (tmp_path, RUNNING)
    lock.release()
