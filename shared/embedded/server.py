"""What both embedded servers can do, for who starts them and for tests of faults."""

import signal
from collections.abc import Callable
from pathlib import Path

from shared.embedded.process import ServerProcess

Progress = Callable[[str], None]


def ignore(message: str) -> None:
    """A progress display that shows nothing."""


def never() -> bool:
    return False


class EmbeddedServer:
    """Every method blocks. `extra` holds further settings, which win over ours. `wanted`: started, and not stopped or killed on purpose."""

    def __init__(self, name: str, home: Path, marker: str, stop_signal: signal.Signals) -> None:
        self.home = home.absolute()
        self.extra: dict[str, str] = {}
        self.wanted = False
        self.process = ServerProcess(name, self.home, marker, stop_signal)

    def stop(self) -> None:
        """A clean end: clients are cut, everything that was acknowledged is kept."""
        self.wanted = False
        self.process.end()

    def kill(self) -> None:
        """As a crash would: nothing is flushed or said goodbye to."""
        self.wanted = False
        self.process.end(signal.SIGKILL)

    def pause(self) -> None:
        """Frozen: connections stay open, nothing answers."""
        self.process.signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.signal_all(signal.SIGCONT)
