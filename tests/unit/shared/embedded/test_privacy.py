"""Access to an installation's files."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.embedded.binaries import User, database_home, remove_database
from shared.embedded.privacy import data_directory, take_back


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("before", [None, 0o755, 0o777, 0o711])
def test_a_data_directory_is_its_owner_s_alone(tmp_path: Path, before: int | None) -> None:
    data = tmp_path / "data"
    if before is not None:
        (data / "kafka").mkdir(parents=True)
        data.chmod(before)
    data_directory(data, None)
    assert mode(data) == 0o700


def test_a_directory_that_holds_other_things_too_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    (tmp_path / "pyproject.toml").touch()
    tmp_path.chmod(0o755)
    data_directory(tmp_path, None)
    assert mode(tmp_path) == 0o755


@pytest.fixture
def open_place() -> Iterator[Path]:
    """Every local user may traverse it, unlike a test's own directory."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a directory to another group")
def test_where_postgresql_s_user_cannot_come_the_directory_is_ours_alone(open_place: Path) -> None:
    above = open_place / "above"
    above.mkdir(mode=0o700)
    data_directory(above / "data", User(65534, 65534))
    place = database_home(above / "data", User(65534, 65534))
    (pointer,) = (above / "data").iterdir()
    assert [mode(path) for path in (above / "data", pointer)] == [0o700, 0o600]
    remove_database(above / "data")
    assert not place.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a directory to another group")
def test_the_user_of_postgresql_may_pass_and_nobody_else(open_place: Path) -> None:
    data = open_place / "data"
    data_directory(data, User(65534, 65534))
    assert (mode(data), data.stat().st_gid) == (0o710, 65534)
    data.chmod(0o700)  # the owner lets nobody pass
    data_directory(data, User(65534, 65534))
    assert mode(data) == 0o700


def test_files_readable_by_everyone_become_private(tmp_path: Path) -> None:
    segment = tmp_path / "data" / "usage.events-0" / "00000000000000000000.log"
    segment.parent.mkdir(parents=True)
    segment.touch(0o644)
    (tmp_path / "link").symlink_to("/etc/hostname")
    outside = Path("/etc/hostname").stat().st_mode
    take_back(tmp_path)
    assert (mode(segment), mode(segment.parent)) == (0o600, 0o700)
    assert Path("/etc/hostname").stat().st_mode == outside
