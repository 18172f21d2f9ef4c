"""`plimsoll …` as a user types it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.processes import fork_module

ROOT = Path(__file__).parents[2]
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str


def environment_with(more: Mapping[str, str]) -> dict[str, str]:
    """The process's environment without its `PLIMSOLL_*`, plus `more`. Works in any current
    directory.
    """
    return (
        {name: value for name, value in os.environ.items() if not name.startswith("PLIMSOLL_")}
        | {"PYTHONPATH": str(ROOT)}
        | dict(more)
    )


def plimsoll(*arguments: str, environment: Mapping[str, str], cwd: Path) -> Outcome:
    """Runs it to its end, for at most a minute, in a process that need not import anything."""
    with tempfile.TemporaryDirectory() as directory:
        out, err = Path(directory, "out"), Path(directory, "err")
        process = fork_module(
            "plimsoll",
            *arguments,
            environment=environment_with(environment),
            cwd=cwd,
            out=out,
            err=err,
        )
        process.join(_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"plimsoll {arguments} does not end within {_SECONDS} s")
        return Outcome(process.exitcode, out.read_text(), err.read_text())


def typed(*arguments: str, environment: Mapping[str, str], cwd: Path) -> Outcome:
    """The same in a process of its own from the beginning."""
    argv = [sys.executable, "-m", "plimsoll", *arguments]
    process: dict[str, Any] = {
        "env": environment_with(environment),
        "cwd": cwd,
        "stdin": subprocess.DEVNULL,
    }
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=_SECONDS, check=False, **process
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
