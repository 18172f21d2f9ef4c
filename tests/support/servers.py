"""The servers that a test session runs on: its own embedded ones, or those that the environment names."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shared.embedded import Addresses, EmbeddedStack

KAFKA, DATABASE = "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS", "PLIMSOLL_DATABASE_URL"


@contextmanager
def passable_directory(prefix: str = "plimsoll-test-") -> Iterator[Path]:
    """A temporary directory that everybody may pass: started as root, PostgreSQL runs as another user (pytest's own are 0700)."""
    path = Path(tempfile.mkdtemp(prefix=prefix))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def session_servers(environ: Mapping[str, str]) -> Iterator[Addresses]:
    if environ.get(KAFKA) and environ.get(DATABASE):
        yield Addresses(environ[KAFKA], environ[DATABASE])
        return
    with passable_directory() as path:
        stack = EmbeddedStack(path)
        stack.postgres.extra = {"max_connections": "200"}  # tests run several processes at once
        try:
            yield stack.start()
        finally:
            stack.stop()
