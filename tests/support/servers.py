"""The servers of a test session: its own embedded ones, or those named by the environment."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shared.embedded import Addresses, EmbeddedStack

KAFKA, DATABASE = "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS", "PLIMSOLL_DATABASE_URL"

_ROOM = {"max_connections": "400"}  # several processes at once
_IN_MEMORY = {
    "max_wal_size": "256MB",
    # Nothing outlives the session: a WAL that a crash or a standby would need is not written.
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "plimsoll.in_memory": "on",  # for tests.support.databases
}
_MEMORY = Path("/dev/shm")
_MEMORY_BYTES = 4 * 2**30
"""The free space required there; a session needs a quarter of it."""


@contextmanager
def passable_directory(
    prefix: str = "plimsoll-test-", parent: Path | None = None
) -> Iterator[Path]:
    """A temporary directory that every user can access: started as root, PostgreSQL runs as another
    user (pytest's are 0700).
    """
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def session_servers(environ: Mapping[str, str], *, in_memory: bool = False) -> Iterator[Addresses]:
    """`in_memory`: keeps the data in memory if there is room. Hundreds of databases and topics come
    and go, each with a thousand files, which then takes a tenth of the time. Do not use it for
    benchmarks.
    """
    if environ.get(KAFKA) and environ.get(DATABASE):
        yield Addresses(environ[KAFKA], environ[DATABASE])
        return
    memory = _memory() if in_memory else None
    with passable_directory(parent=memory) as path:
        stack = EmbeddedStack(path)
        stack.postgres.extra = _ROOM | (_IN_MEMORY if memory else {})
        try:
            yield stack.start()
        finally:
            stack.stop()


def _memory() -> Path | None:
    """An in-memory file system with enough room; None if there is none (containers get 64 MB)."""
    roomy = (
        _MEMORY.is_dir()
        and os.access(_MEMORY, os.W_OK)
        and shutil.disk_usage(_MEMORY).free >= _MEMORY_BYTES
    )
    return _MEMORY if roomy else None
