"""One pair of servers for all workers of a run: the controller process owns them, and starts them
on the first request.
"""

import secrets
import tempfile
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import astuple
from multiprocessing.connection import Client, Listener
from pathlib import Path

from shared.embedded import Addresses

_KEY = b"plimsoll-tests"


class SharedServers:
    """`make` starts the servers; `place` is what a worker needs to request them."""

    def __init__(self, make: Callable[[], AbstractContextManager[Addresses]]) -> None:
        self.place = str(Path(tempfile.gettempdir()) / f"plimsoll-test-{secrets.token_hex(6)}")
        self._make = make
        self._open = ExitStack()
        self._listener = Listener(self.place, "AF_UNIX", authkey=_KEY)
        self._answering = threading.Thread(target=self._answer, name="shared-servers", daemon=True)
        self._answering.start()

    def stop(self) -> None:
        with Client(self.place, "AF_UNIX", authkey=_KEY) as asking:
            asking.send(False)
        self._answering.join()
        self._listener.close()
        Path(f"{self.place}-collected").unlink(missing_ok=True)  # see tests.support.bytecode
        self._open.close()

    def _answer(self) -> None:
        """Says where the servers are, or why there are none."""
        found: tuple[str, str] | BaseException | None = None
        while True:
            with self._listener.accept() as asking:
                if not asking.recv():
                    return
                found = found or self._start()
                asking.send(found)

    def _start(self) -> tuple[str, str] | BaseException:
        try:
            kafka, postgres_url = astuple(self._open.enter_context(self._make()))
        except Exception as error:
            return error
        return kafka, postgres_url


def ask_for_servers(place: str) -> Addresses:
    with Client(place, "AF_UNIX", authkey=_KEY) as asking:
        asking.send(True)
        found = asking.recv()
    if isinstance(found, BaseException):
        raise found
    return Addresses(*found)
