"""One server process: detached from the terminal, recorded by pid, found again after its parent
crashed.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from shared.embedded.errors import Cancelled, EmbeddedError

LOG_LIMIT = 10_000_000
# Blocks until the only writer of its standard input, the parent, is gone for whatever reason; then
# ends the server gently if that pid is still the server.
_GUARD = (
    'read -r _; case "$(ps -ww -o command= -p "$1")" in '
    '*"$2"*) kill -CONT "$1"; kill -INT "$1";; esac'
)


def _heed_interrupts() -> None:
    """In the child: what its parent ignores it would ignore, too, and `nohup plimsoll up &` in a
    script ignores Ctrl-C. Nothing would end the servers gently.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def command_of(pid: int) -> str:
    """A process's command line; empty if there is no such process. Reads /proc if it exists, else
    asks `ps` (macOS).
    """
    if Path("/proc/self/cmdline").exists():
        try:
            return (
                Path(f"/proc/{pid}/cmdline")
                .read_bytes()
                .replace(b"\0", b" ")
                .decode(errors="replace")
            )
        except OSError:
            return ""
    return subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout


def children_of(pid: int) -> list[int]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split() for line in listing.splitlines())
    return [int(child) for child, parent in rows if int(parent) == pid]


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return met


def run_tool(argv: Sequence[str | Path], cancelled: Callable[[], bool], failure: str) -> None:
    """Runs a program to its end. Raises EmbeddedError (`failure` and its last line), or Cancelled
    as soon as that is requested.
    """
    output: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, cwd="/", umask=0o077, **output) as tool:
        while True:
            try:
                said, _ = tool.communicate(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                if cancelled():
                    tool.kill()
                    raise Cancelled("stopped while starting") from None
    if tool.returncode:
        raise EmbeddedError(f"{failure}: {(said.strip() or 'it printed nothing').splitlines()[-1]}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class ServerProcess:
    """A server whose command line contains `marker` (a path unique to it), so that a recorded pid
    is never mistaken for another process.
    """

    def __init__(self, name: str, home: Path, marker: str, stop_signal: signal.Signals) -> None:
        self.name, self.marker, self.stop_signal = name, marker, stop_signal
        self.log, self._record = home / "log", home / "pid"
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise EmbeddedError(f"{self.name} is not running")
        return self._process.pid

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def spawn(self, argv: Sequence[str | Path], **options: Any) -> None:
        """Start `argv` in its own session (only the parent handles the terminal's Ctrl-C), with
        output to the log.
        """
        self.end()
        self.end_leftover()
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".1"))
        with open(self.log, "ab", opener=_private) as out:
            files: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out}
            if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
                options = {**options, "preexec_fn": _heed_interrupts}
            self._process = subprocess.Popen(
                argv, start_new_session=True, cwd="/", **files, **options
            )
        self._record.touch(0o600)
        self._record.write_text(str(self._process.pid))
        guard = ["/bin/sh", "-c", _GUARD, "plimsoll-guard", str(self._process.pid), self.marker]
        self._guard = subprocess.Popen(
            guard, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def end_leftover(self) -> None:
        """Stop the server that a killed parent left behind: gently, then by force."""
        try:
            pid = int(self._record.read_text())
        except (FileNotFoundError, ValueError):
            return
        for sig in (signal.SIGCONT, self.stop_signal, signal.SIGKILL):
            if self._is_ours(pid):
                os.kill(pid, sig)
            if sig is not signal.SIGCONT and wait_until(lambda: not self._is_ours(pid), 8):
                break
        self._record.unlink()

    def _is_ours(self, pid: int) -> bool:
        return self.marker in command_of(pid)

    def wait_ready(
        self, ready: Callable[[], bool], cancelled: Callable[[], bool], seconds: float = 60
    ) -> None:
        wait_until(lambda: ready() or not self.running() or cancelled(), seconds)
        if cancelled() or (self.running() and ready()):
            return
        what = "did not start in time" if self.running() else "ended while starting"
        self.end(signal.SIGKILL)
        raise EmbeddedError(f"{self.name} {what}: {self.last_words()} (all of it: {self.log})")

    def last_words(self) -> str:
        """The log line that most likely says why: the last error, else the last line."""
        lines = [
            line.strip()
            for line in self.log.read_text(errors="replace").splitlines()[-200:]
            if line.strip()
        ]
        telling = [
            line for line in lines if any(word in line for word in ("FATAL", "ERROR", "Exception"))
        ]
        return (telling or lines or ["it printed nothing"])[-1][:300]

    def end(self, sig: signal.Signals | None = None, patience: float = 3) -> None:
        """Send `sig` (default: the gentle one), wait, then kill; no effect if it is already
        gone.
        """
        if self._process is None:
            return
        self._release_guard()
        if self.running():
            self._end_running(sig or self.stop_signal, patience)
        self._process.wait()
        self._process = None
        self._record.unlink(missing_ok=True)

    def _end_running(self, sig: signal.Signals, patience: float) -> None:
        if sig is not signal.SIGKILL:
            os.kill(self.pid, sig)
            if wait_until(lambda: not self.running(), patience):
                return
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.killpg(self.pid, signal.SIGKILL)

    def wait_gone(self, seconds: float, cancelled: Callable[[], bool]) -> None:
        wait_until(lambda: not self.running() or cancelled(), seconds)

    def signal_all(self, sig: signal.Signals) -> None:
        for pid in [self.pid, *children_of(self.pid)]:
            os.kill(pid, sig)

    def _release_guard(self) -> None:
        if self._guard is None:
            return
        self._guard.kill()
        self._guard.communicate()
        self._guard = None
