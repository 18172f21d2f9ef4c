"""One Plimsoll per data directory: a file lock, which a crash cannot leave behind."""

import fcntl
import os
from pathlib import Path
from typing import TextIO

from shared.embedded.errors import EmbeddedError

LOCK_FILE = "lock"
_ELSEWHERE = "choose another directory with --data DIR"


class DataLock:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: TextIO | None = None

    def acquire(self) -> None:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            (self._directory / LOCK_FILE).touch(0o600)
            file = (self._directory / LOCK_FILE).open("a+")
        except OSError as error:
            raise EmbeddedError(
                f"cannot write to {self._directory} ({error.strerror}); {_ELSEWHERE}"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise EmbeddedError(
                f"another plimsoll (process {holder or 'unknown'}) is using {self._directory}; "
                f"stop it, or {_ELSEWHERE}"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def is_held(directory: Path) -> bool:
    """Whether a Plimsoll is using that directory."""
    try:
        with (directory / LOCK_FILE).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
