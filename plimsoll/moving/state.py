"""An import's progress, in a file next to the imported one: after a crash at any point, the same
command resumes.
"""

import fcntl
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from plimsoll.failures import CommandError
from plimsoll.moving.rows import Mark

_VERSION = 1
_SAMPLE = 2**16


class Counts(msgspec.Struct):
    """Rows by result. `told`: facts that were accepted."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    told: int = 0
    refused: int = 0

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.told + self.refused


class State(msgspec.Struct):
    """`seen`: a fingerprint of the file up to `position`. `reported`: the size of the report of
    refused rows at that point.
    """

    position: int = 0
    line: int = 1
    seen: str = ""
    reported: int = 0
    counts: Counts = msgspec.field(default_factory=Counts)
    version: int = _VERSION

    @property
    def mark(self) -> Mark:
        return Mark(self.position, self.line)


class Progressing:
    """The state of one file, locked by one process at a time."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        try:
            self._lock = (path.parent / f".{path.name}.lock").open("w")
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}: name another place with --state") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"another process imports with {path}") from None

    def load(self) -> State:
        """Where to resume; the beginning if nothing was started. CommandError if the state belongs
        to something else.
        """
        try:
            state = msgspec.json.decode(self._path.read_bytes(), type=State)
        except FileNotFoundError:
            return State()
        except (OSError, msgspec.MsgspecError):
            raise CommandError(f"{self._path} cannot be read: remove it to begin again") from None
        if state.version != _VERSION or fingerprint(self._file, state.position) != state.seen:
            raise CommandError(
                f"{self._path} belongs to another file, or this one has changed before line {state.line}: remove it to begin again"
            )
        return state

    def save(self, state: State) -> None:
        """Writes completely or not at all."""
        state.seen = fingerprint(self._file, state.position)
        scratch = self._path.with_name(f".{self._path.name}.new")
        scratch.write_bytes(msgspec.json.encode(state))
        scratch.replace(self._path)

    def end(self, *, done: bool) -> None:
        if done:
            self._path.unlink(missing_ok=True)
            with suppress(OSError):
                os.unlink(self._lock.name)
        self._lock.close()


def fingerprint(file: BinaryIO, position: int) -> str:
    """Covers the file's beginning and the part right before the position. Keeps the read
    position.
    """
    number = file.fileno()
    head = os.pread(number, min(_SAMPLE, position), 0)
    tail = os.pread(number, min(_SAMPLE, position), max(0, position - _SAMPLE))
    return sha256(b"%d\n" % position + head + tail).hexdigest()
