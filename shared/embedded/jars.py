"""Kafka's jars: downloaded once, pinned by `kafka.lock` (group:artifact:version sha256), verified
at every start.

The sha256 is checked here because the downloader does not; a directory per lock file and
`os.replace` make parallel starts safe.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from shared.embedded.errors import Cancelled, EmbeddedError
from shared.embedded.server import Progress

LOCK = Path(__file__).with_name("kafka.lock")


@dataclass(frozen=True, slots=True)
class Jar:
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def locked_jars() -> list[Jar]:
    rows = (
        line.replace(":", " ").split() for line in LOCK.read_text().splitlines() if line.strip()
    )
    return [Jar(group, artifact, version, sha256) for group, artifact, version, sha256 in rows]


def jar_directory(root: Path) -> Path:
    """Named after the lock, so that another version's jars never mix with these."""
    return root / f"kafka-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"


def cache_root(fallback: Path) -> Path:
    """The user's cache directory; `fallback` if there is no home directory or it is not
    writable.
    """
    home = os.environ.get("HOME")
    base = os.environ.get("XDG_CACHE_HOME") or (f"{home}/.cache" if home else None)
    if base is None:
        return fallback
    root = Path(base) / "plimsoll"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return root.resolve()
    except OSError:
        return fallback


def fetch_jars(root: Path, progress: Progress, cancelled: Callable[[], bool]) -> Path:
    """The directory with all locked jars; downloads missing ones, eight at a time."""
    directory = jar_directory(root)
    directory.mkdir(parents=True, exist_ok=True)
    jars = locked_jars()
    missing = [jar for jar in jars if not (directory / jar.filename).exists()]
    done = len(jars) - len(missing)
    pool = ThreadPoolExecutor(8)
    try:
        for outcome in as_completed(
            [pool.submit(_download, jar, directory, cancelled) for jar in missing]
        ):
            outcome.result()
            done += 1
            progress(f"downloading Apache Kafka {done}/{len(jars)}")
    finally:
        pool.shutdown(cancel_futures=True)
    for jar in jars:
        _verify(jar, directory)
    return directory


def fetch_jar(jar: Jar, directory: Path) -> Path:
    """One jar in addition to the locked ones, for Java programs other than Kafka."""
    if not (directory / jar.filename).exists():
        _download(jar, directory, lambda: False)
    _verify(jar, directory)
    return directory / jar.filename


def _download(jar: Jar, directory: Path, cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled("stopped while downloading Apache Kafka")
    from jgo.maven import MavenContext  # an extra: only embedded installations have it

    scratch = Path(tempfile.mkdtemp(prefix=f".{jar.artifact}-", dir=directory))
    try:
        component = (
            MavenContext(repo_cache=scratch, timeout=30)
            .project(jar.group, jar.artifact)
            .at_version(jar.version)
        )
        os.replace(component.artifact("", "jar").resolve(), directory / jar.filename)
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
        reason = (str(error) or type(error).__name__).splitlines()[0][:200]
        raise EmbeddedError(
            f"cannot download {jar.filename} ({reason}); "
            "check the network and start again; finished downloads are kept"
        ) from error
    finally:
        shutil.rmtree(scratch)


def _verify(jar: Jar, directory: Path) -> None:
    file = directory / jar.filename
    if hashlib.sha256(file.read_bytes()).hexdigest() != jar.sha256:
        file.unlink()
        raise EmbeddedError(
            f"{jar.filename} is not the one that kafka.lock names (sha256); "
            "it was removed, start again to get it"
        )
