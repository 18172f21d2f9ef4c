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

from plimsoll.bulk_import.rows import Mark
from plimsoll.failures import CommandError

_VERSION = 2
_PART = 2**20


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
        self._digest, self._digested = sha256(), 0
        try:
            self._lock = (path.parent / f".{path.name}.lock").open("w")
        except OSError as error:
            raise CommandError(
                f"{path}: {error.strerror}: name another place with --state"
            ) from None
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
        if state.version != _VERSION or self._fingerprint(state.position) != state.seen:
            raise CommandError(
                f"{self._path} belongs to another file, "
                f"or this one has changed before line {state.line}: remove it to begin again"
            )
        return state

    def save(self, state: State) -> None:
        """Writes completely or not at all."""
        state.seen = self._fingerprint(state.position)
        scratch = self._path.with_name(f".{self._path.name}.new")
        scratch.write_bytes(msgspec.json.encode(state))
        scratch.replace(self._path)

    def end(self, *, done: bool) -> None:
        if done:
            self._path.unlink(missing_ok=True)
            with suppress(OSError):
                os.unlink(self._lock.name)
        self._lock.close()

    def _fingerprint(self, position: int) -> str:
        """Of every byte up to the position; each is read once while it grows. Keeps the read
        position.
        """
        if position < self._digested:
            self._digest, self._digested = sha256(), 0
        while self._digested < position:
            part = os.pread(
                self._file.fileno(), min(_PART, position - self._digested), self._digested
            )
            if not part:
                break
            self._digest.update(part)
            self._digested += len(part)
        return f"{self._digested} {self._digest.hexdigest()}"
