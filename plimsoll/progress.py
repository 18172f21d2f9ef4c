"""Progress while servers start: one updating line on a terminal, a few lines in a log."""

import re
import sys
from typing import TextIO

_COUNT = re.compile(r" (\d+)/(\d+)$")


class Progress:
    """Call it with the current step; a trailing `3/46` is a count. `done` clears the line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._phase = ""

    def __call__(self, message: str) -> None:
        if self._terminal:
            self._stream.write(f"\r\x1b[K{_bar(message)}")
        elif (phase := _COUNT.sub("", message)) != self._phase:
            self._phase = phase
            self._stream.write(f"{phase}\n")
        self._stream.flush()

    def done(self) -> None:
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _bar(message: str) -> str:
    count = _COUNT.search(message)
    if not count:
        return message
    done, total = int(count[1]), int(count[2])
    filled = 20 * done // total
    return f"{message} [{'#' * filled}{'.' * (20 - filled)}]"
