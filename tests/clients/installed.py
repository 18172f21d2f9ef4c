"""Client libraries that cannot share an environment: pinned, fetched once, cached per user."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.embedded.jars import cache_root
from shared.embedded.java import java_binary
from tests.support.java_compiler import compile_java

HERE = Path(__file__).parent


def python_sdk(name: str, folder: Path = HERE) -> Path:
    """Returns a directory for PYTHONPATH with the packages of `name`.lock in this folder."""
    lock = folder / f"{name}.lock"

    def install(directory: Path) -> None:
        uv = Path(sys.executable).with_name("uv")
        _run(
            [
                uv,
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--require-hashes",
                "--target",
                directory,
                "-r",
                lock,
            ],
            HERE,
        )

    return _kept(name, lock.read_bytes(), install)


def node_modules(folder: Path = HERE / "node") -> Path:
    """Returns a node_modules directory with the packages of this lock; skips without Node.js."""
    if missing := [name for name in ("node", "npm") if shutil.which(name) is None]:
        pytest.skip(f"{' and '.join(missing)} not installed: the JavaScript clients are not tested")
    lock = folder / "package-lock.json"

    def install(directory: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, directory / name)
        _run(["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], directory)

    return _kept("node", lock.read_bytes(), install) / "node_modules"


def type_cache() -> Path:
    """Where mypy keeps what it has found of generated clients: it compares their contents."""
    return cache_root(HERE.parents[1] / ".venv" / "cache") / "clients" / "mypy"


def java_class(source: Path, directory: Path) -> list[str | Path]:
    """Returns the command that runs this class, compiled into `directory`."""
    compile_java([source], directory)
    return [java_binary(), "-cp", directory, source.stem]


def _kept(name: str, lock: bytes, install: Callable[[Path], None]) -> Path:
    """Named after the lock and this Python: a new lock has a new folder. Of two installs one
    wins.
    """
    root = cache_root(HERE.parents[1] / ".venv" / "cache") / "clients"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    directory = root / f"{name}-{python}-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not directory.exists():
        root.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=root))
        try:
            install(scratch)
            if not directory.exists():
                os.rename(scratch, directory)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return directory


def _run(command: list[str | Path], directory: Path) -> None:
    done = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
