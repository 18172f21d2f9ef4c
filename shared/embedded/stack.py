"""Kafka and PostgreSQL together in one data directory: started, supervised, restarted if one dies,
stopped.
"""

import logging
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from shared.embedded.binaries import server_user
from shared.embedded.class_cache import Training
from shared.embedded.errors import EmbeddedError
from shared.embedded.jars import cache_root, fetch_jars
from shared.embedded.kafka import Credentials, EmbeddedKafka
from shared.embedded.lock import LOCK_FILE, DataLock
from shared.embedded.postgres import EmbeddedPostgres
from shared.embedded.privacy import data_directory
from shared.embedded.server import Progress, ignore

logger = logging.getLogger(__name__)
_WATCH_SECONDS = 0.5
_CACHE = "cache"
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Addresses:
    """`kafka` is HOST:PORT, `postgres_url` is a URL that includes the password."""

    kafka: str
    postgres_url: str


@dataclass(frozen=True, slots=True)
class Given:
    """Addresses of servers that are not embedded; None: embed it."""

    kafka: str | None = None
    postgres_url: str | None = None
    credentials: Credentials | None = None
    """The credentials for clients of an embedded Kafka; None: it accepts every local client."""


_NOTHING = Given()


class EmbeddedStack:
    """Every method blocks; `stop` may be called from another thread during `start`, and ends it
    soon.

    `given` names existing servers: only the missing ones are embedded. `start` raises
    EmbeddedError, one clear line: another process uses the directory, it is not writable, a
    download fails.
    """

    def __init__(
        self,
        data_dir: Path,
        progress: Progress = ignore,
        *,
        given: Given = _NOTHING,
        train: bool = True,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self._progress, self._given, self._train = progress, given, train
        self._stopping = threading.Event()
        self._lock = DataLock(self.data_dir)
        self._changing = threading.Lock()  # only one start or stop of servers at a time
        self._watch = threading.Thread(
            target=self._watch_servers, name="embedded-watch", daemon=True
        )
        self._training: Training | None = None
        stopped = self._stopping.is_set
        self.kafka = EmbeddedKafka(self.data_dir / "kafka", cancelled=stopped)
        self.kafka.credentials = given.credentials
        self.postgres = EmbeddedPostgres(
            self.data_dir / "postgres", progress=progress, cancelled=stopped
        )

    def start(self) -> Addresses:
        with suppress(OSError):  # the lock's message is better
            data_directory(self.data_dir, server_user())
        self._lock.acquire()
        try:
            with self._changing:
                addresses = self._start_servers()
        except OSError as error:
            self.stop()
            raise EmbeddedError(
                f"cannot use {self.data_dir}: {error}; choose another directory with --data DIR"
            ) from error
        except BaseException:
            self.stop()
            raise
        self._watch.start()
        return addresses

    def stop(self) -> None:
        self._stopping.set()
        if self._training:
            self._training.cancel()
        with self._changing:
            _both(self.kafka.stop, self.postgres.stop)
        if self._watch.ident is not None:
            self._watch.join()
        self._lock.release()

    def healthy(self) -> bool:
        """Whether the embedded servers are running and accepting connections."""
        return all(server.ready() for server in (self.kafka, self.postgres) if server.wanted)

    def _start_servers(self) -> Addresses:
        kafka, postgres = _both(self._start_kafka, self._start_postgres)
        if self._train and self.kafka.jars:
            self._training = Training(self.kafka.jars)
            self._training.start()
        return Addresses(kafka, postgres)

    def _start_kafka(self) -> str:
        if self._given.kafka:
            return self._given.kafka
        self.kafka.jars = fetch_jars(
            cache_root(self.data_dir / _CACHE), self._progress, self._stopping.is_set
        )
        self._progress("starting Apache Kafka")
        return self.kafka.start()

    def _start_postgres(self) -> str:
        return self._given.postgres_url or self.postgres.start()

    def _watch_servers(self) -> None:
        """Restarts a server that died (killed, out of memory) with its data and port; its clients
        recover on their own.
        """
        while not self._stopping.wait(_WATCH_SECONDS):
            for server in (self.kafka, self.postgres):
                if server.wanted and not server.process.running():
                    self._restart(server)

    def _restart(self, server: EmbeddedKafka | EmbeddedPostgres) -> None:
        logger.warning("%s ended unexpectedly, starting it again", server.process.name)
        with self._changing:
            if self._stopping.is_set() or not server.wanted or server.process.running():
                return
            try:
                server.start()
            except (EmbeddedError, OSError) as error:
                logger.error(
                    "%s does not start again, next try soon: %s", server.process.name, error
                )


def remove_data(data_dir: Path) -> None:
    """Delete all data there (`--fresh`), except downloads. Raises EmbeddedError while a Plimsoll is
    using it.
    """
    lock = DataLock(data_dir)
    lock.acquire()
    try:
        EmbeddedPostgres(data_dir / "postgres").remove()
        for path in data_dir.iterdir():
            if path.is_dir() and path.name != _CACHE:
                shutil.rmtree(path)
            elif path.name != LOCK_FILE and path.is_file():
                path.unlink()
    finally:
        lock.release()


def _both(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(first), pool.submit(second)
        return one.result(), two.result()
