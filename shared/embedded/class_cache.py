"""Creates the ahead-of-time cache once, in parallel with the first start and at lowest priority, so
that nobody waits for it.
"""

import fcntl
import os
import shutil
import signal
import tempfile
import threading
from pathlib import Path

from shared.embedded.errors import EmbeddedError
from shared.embedded.java import aot_cache
from shared.embedded.kafka import EmbeddedKafka

_PATIENCE = 300  # assembling the cache takes 6 s on an idle core


class Training:
    """Starts and stops a throw-away broker; Java writes the cache when it exits."""

    def __init__(self, jars: Path) -> None:
        self._jars, self._cache = jars, aot_cache(jars)
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka-aot", daemon=True)

    def start(self) -> None:
        if not self._cache.exists():
            self._thread.start()

    def cancel(self) -> None:
        self._given_up.set()
        self.wait()

    def wait(self) -> None:
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        with (self._jars / ".training").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # another plimsoll is doing this
            home = Path(tempfile.mkdtemp(prefix=".training-", dir=self._jars))
            try:
                self._train(home)
            except (EmbeddedError, OSError):
                # Kafka starts without the cache too, 1.5 s later; the next start tries again.
                return
            finally:
                shutil.rmtree(home, ignore_errors=True)

    def _train(self, home: Path) -> None:
        made = home / "made.aot"
        kafka = EmbeddedKafka(home, jars=self._jars, cancelled=self._given_up.is_set)
        kafka.flags, kafka.nice = [f"-XX:AOTCacheOutput={made}"], 19
        try:
            kafka.start()
            os.kill(kafka.process.pid, signal.SIGTERM)
            kafka.process.wait_gone(_PATIENCE, self._given_up.is_set)
            if made.exists() and not self._given_up.is_set():
                made.replace(self._cache)
        finally:
            kafka.kill()
