"""How far an import has come: goes on where it was killed, and only in the same file."""

from pathlib import Path

import pytest

from plimsoll.bulk_import.state import Progressing, State
from plimsoll.failures import CommandError

ROWS = b"".join(b"acct-%07d,Name\n" % number for number in range(40_000))
"""Longer than any sample of it."""


def _killed_at(tmp_path: Path, position: int) -> tuple[Path, Path]:
    file, state = tmp_path / "accounts.csv", tmp_path / "accounts.csv.import"
    file.write_bytes(ROWS)
    with file.open("rb") as opened:
        progressing = Progressing(state, opened)
        for reached in (position // 3, position):
            progressing.save(State(position=reached, line=7))
        progressing.end(done=False)
    return file, state


def _resumed(file: Path, state: Path) -> int:
    with file.open("rb") as opened:
        progressing = Progressing(state, opened)
        try:
            return progressing.load().position
        finally:
            progressing.end(done=False)


def test_goes_on_in_a_file_that_was_only_changed_behind_the_place(tmp_path: Path) -> None:
    position = 30_000 * 18
    file, state = _killed_at(tmp_path, position)
    assert _resumed(file, state) == position
    file.write_bytes(ROWS[:position] + b"other,Rows\n" * 5)
    assert _resumed(file, state) == position


@pytest.mark.parametrize("changed", [0, 9_000 * 18, 20_000 * 18, 30_000 * 18 - 1])
@pytest.mark.parametrize("becomes", [b"X", b"", b"XY"])
def test_a_file_that_was_changed_before_the_place_is_another(
    tmp_path: Path, changed: int, becomes: bytes
) -> None:
    file, state = _killed_at(tmp_path, 30_000 * 18)
    file.write_bytes(ROWS[:changed] + becomes + ROWS[changed + 1 :])
    with pytest.raises(CommandError, match="this one has changed before line 7"):
        _resumed(file, state)


def test_a_file_that_was_cut_off_before_the_place_is_another(tmp_path: Path) -> None:
    file, state = _killed_at(tmp_path, 30_000 * 18)
    file.write_bytes(ROWS[: 29_999 * 18])
    with pytest.raises(CommandError):
        _resumed(file, state)
