"""The interface of both embedded servers, for starting them and for fault tests."""

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
    """Every method blocks. `extra` holds further settings, which override ours. `wanted`: started,
    and not stopped or killed on purpose. It is set once there is a process, so that one that
    is wanted and not there has died.
    """

    def __init__(self, name: str, home: Path, marker: str, stop_signal: signal.Signals) -> None:
        self.home = home.absolute()
        self.extra: dict[str, str] = {}
        self.wanted = False
        self.process = ServerProcess(name, self.home, marker, stop_signal)

    def stop(self) -> None:
        """A clean stop: clients are disconnected, everything acknowledged is kept."""
        self.wanted = False
        self.process.end()

    def kill(self) -> None:
        """Like a crash: nothing is flushed, and clients are not notified."""
        self.wanted = False
        self.process.end(signal.SIGKILL)

    def pause(self) -> None:
        """Freezes it: connections stay open, nothing responds."""
        self.process.signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.signal_all(signal.SIGCONT)
