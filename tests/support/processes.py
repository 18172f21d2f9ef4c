"""Services as separate processes that can be killed, frozen and restarted."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServiceProcess:
    """`python -m services.<name>` with its own port and log. Ends everything it started, by process
    id.
    """

    def __init__(self, name: str, environment: Mapping[str, str], logs: Path) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.starts = 0
        self._environment = {**os.environ, **environment, "PLIMSOLL_PORT": str(self.port)}
        self._log = logs / f"{name}-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.starts += 1
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"services.{self.name}"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill -9: nothing gets a chance to finish."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(10)

    def stop(self) -> int:
        """Sends SIGTERM and returns the exit code. Kills it if it does not end within 15 s."""
        if self._process is None:
            return 0
        if self.running:
            self._process.terminate()
        try:
            return self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    async def ready(self, seconds: float = 120) -> None:
        """Waits for /readyz; fails with the end of the log if the process ends or does not become
        ready.
        """
        end = time.monotonic() + seconds
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            while time.monotonic() < end and self.running:
                try:
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass  # not listening yet
                await asyncio.sleep(0.1)
        raise AssertionError(f"{self.name} is not ready; its log ends with:\n{self.log()[-4000:]}")

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""
