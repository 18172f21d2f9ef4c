"""The code of another commit, to be run beside today's."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HERE = Path(__file__).parents[2]


class NoSuchCommit(Exception):
    """There is no repository, or it does not have the commit."""


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """A directory with that commit's files, for as long as the block. A path of an existing
    checkout is taken as it is. Raises NoSuchCommit.
    """
    if (Path(commit) / "services").is_dir():
        yield Path(commit)
        return
    with tempfile.TemporaryDirectory(prefix="plimsoll-beside-") as parent:
        path = Path(parent) / "checkout"
        _git("worktree", "add", "--quiet", "--detach", str(path), commit)
        try:
            yield path
        finally:
            _git("worktree", "remove", "--force", str(path))


def name_of(commit: str) -> str:
    """As people name it: `e3d84166 Under load usage by the hour is written later`."""
    return commit if Path(commit).is_dir() else _git("log", "-1", "--format=%h %s", commit).strip()


def _git(*arguments: str) -> str:
    try:
        ran = subprocess.run(["git", *arguments], cwd=_HERE, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NoSuchCommit("git is not installed") from error
    if ran.returncode:
        raise NoSuchCommit(ran.stderr.strip() or f"git {arguments[0]}: {ran.returncode}")
    return ran.stdout
