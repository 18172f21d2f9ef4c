"""Access to an installation's files: only its owner, and the user that PostgreSQL runs as if that
is another.
"""

import os
import stat
from pathlib import Path

from shared.embedded.binaries import User, can_enter

_OURS = frozenset({"lock", "kafka", "postgres", "cache", "run.json", "admin-key", "secret.key"})


def owners_alone(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)


def passable(directory: Path, user: User | None) -> None:
    """The same, but `user`'s group may traverse it without listing its contents."""
    directory.mkdir(parents=True, exist_ok=True)
    if user is None:
        directory.chmod(0o700)
        return
    os.chown(directory, -1, user.gid)
    directory.chmod(0o710)


def data_directory(directory: Path, user: User | None) -> None:
    """Sets the modes of an installation's directory, new or existing. One that contains other
    things too (`--data .`) is left alone: our files in it have their own modes.
    """
    there = directory.exists()
    if there and not all(
        entry.name in _OURS or entry.name.startswith(".") for entry in directory.iterdir()
    ):
        return
    # If the owner lets nobody pass, it stays that way: PostgreSQL's files are then elsewhere.
    if there and not directory.stat().st_mode & stat.S_IXOTH:
        return
    passable(directory, user)
    if user is not None and not can_enter(directory, user):
        # A parent directory lets nobody pass: PostgreSQL's files are elsewhere, and this one is
        # private.
        directory.chmod(0o700)


def take_back(tree: Path) -> None:
    """Tightens what earlier versions made readable by everyone."""
    for path in (tree, *tree.rglob("*")) if tree.exists() else ():
        mode = path.lstat().st_mode
        if mode & 0o077 and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & 0o700)
