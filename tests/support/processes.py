"""Services and commands as separate processes, which can be killed, frozen and restarted.

Importing is most of a start, and tests start hundreds: each is forked from a process that has
imported all of them (`multiprocessing`'s fork server). What begins after the imports is what
`python -m services.<name>` or `python -m plimsoll` does.
"""

import asyncio
import importlib
import multiprocessing
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from pkgutil import iter_modules

import httpx

from plimsoll import commands
from shared.runtime.service import main
from tests.support.trust import TRUST

_SERVICES = ("ingest", "trigger", "notifier")
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(
    [
        __name__,
        *(f"services.{name}.service" for name in _SERVICES),
        *(f"plimsoll.commands.{one.name}" for one in iter_modules(commands.__path__)),
    ]
)


def _run(name: str, environment: Mapping[str, str], log: Path) -> None:
    _become(environment, log, log)
    sys.argv = [f"services.{name}"]
    main(importlib.import_module(f"services.{name}.service").build)


def _run_module(
    name: str, arguments: Sequence[str], environment: Mapping[str, str], cwd: Path, *out: Path
) -> None:
    os.chdir(cwd)
    _become(environment, *out)
    sys.argv = [name, *arguments]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _become(environment: Mapping[str, str], *out: Path) -> None:
    """`out`: where standard output goes, and standard error."""
    os.environ.clear()
    os.environ.update(environment)
    for stream, path in enumerate(out, start=1):
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream)


def fork_module(
    name: str,
    *arguments: str,
    environment: Mapping[str, str],
    cwd: Path,
    out: Path,
    err: Path,
) -> BaseProcess:
    """`python -m <name> …`, started."""
    process = _FORKING.Process(
        target=_run_module, args=(name, arguments, environment, cwd, out, err)
    )
    process.start()
    return process


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
        self._process: BaseProcess | None = None

    def start(self) -> None:
        self.starts += 1
        self._process = _FORKING.Process(
            target=_run, args=(self.name, self._environment, self._log), daemon=True
        )
        self._process.start()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int:
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    def signal(self, number: int) -> None:
        if self.running:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill -9: nothing gets a chance to finish."""
        self.signal(signal.SIGKILL)
        self.wait(10)

    def stop(self) -> int:
        """Sends SIGTERM and returns the exit code. Kills it if it does not end within 15 s."""
        if self._process is None:
            return 0
        self.signal(signal.SIGTERM)
        try:
            return self.wait(15)
        except TimeoutError:
            self.kill()
            raise

    def wait(self, seconds: float) -> int:
        """The exit code; TimeoutError if it does not end within `seconds`."""
        assert self._process is not None
        self._process.join(seconds)
        if self._process.exitcode is None:
            raise TimeoutError(f"{self.name} does not end within {seconds} s")
        return self._process.exitcode

    async def ready(self, seconds: float = 120) -> None:
        """Waits for /readyz; fails with the end of the log if the process ends or does not become
        ready.
        """
        end = time.monotonic() + seconds
        async with httpx.AsyncClient(verify=TRUST, trust_env=False, timeout=2) as client:
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
