"""Who may look at an installation's files: its owner alone, and the user as whom PostgreSQL runs where that is another."""

import os
import stat
from pathlib import Path

from shared.embedded.binaries import User, can_enter

_OURS = frozenset({"lock", "kafka", "postgres", "cache", "run.json", "admin-key", "secret.key"})


def owners_alone(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)


def passable(directory: Path, user: User | None) -> None:
    """The same, but `user` may pass, without seeing what is in it: his group alone."""
    directory.mkdir(parents=True, exist_ok=True)
    if user is None:
        directory.chmod(0o700)
        return
    os.chown(directory, -1, user.gid)
    directory.chmod(0o710)


def data_directory(directory: Path, user: User | None) -> None:
    """An installation's directory, a new one and one that was made with other modes. One that holds other things too (`--data .`) stays as
    it is: what we keep in it has modes of its own.
    """
    there = directory.exists()
    if there and not all(entry.name in _OURS or entry.name.startswith(".") for entry in directory.iterdir()):
        return
    # An owner who lets nobody pass keeps it so: PostgreSQL's files then lie elsewhere.
    if there and not directory.stat().st_mode & stat.S_IXOTH:
        return
    passable(directory, user)
    if user is not None and not can_enter(directory, user):
        directory.chmod(0o700)  # a directory above lets nobody pass: PostgreSQL's files lie elsewhere, and this one is ours alone


def take_back(tree: Path) -> None:
    """What earlier versions made readable for everybody."""
    for path in (tree, *tree.rglob("*")) if tree.exists() else ():
        mode = path.lstat().st_mode
        if mode & 0o077 and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & 0o700)
