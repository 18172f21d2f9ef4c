"""Jars for tests beside those of the embedded Kafka: pinned by a lock of the same form."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.embedded.jars import Jar, cache_root, fetch_jar
from tests.support.pages import ROOT


def jar_cache(name: str) -> Path:
    """A directory that outlives the run."""
    directory = cache_root(ROOT / ".venv" / "cache") / name
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def fetch_locked(lock: Path, name: str) -> list[Path]:
    """Those of a lock (a line each: group:artifact:version sha256), kept under `name`. Raises
    EmbeddedError if one cannot be had.
    """
    lines = lock.read_text(encoding="utf-8").splitlines()
    jars = [Jar(*line.replace(":", " ").split()) for line in lines if line]
    directory = jar_cache(name)
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda jar: fetch_jar(jar, directory), jars))
