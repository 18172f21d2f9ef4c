"""Compiles Java for the Java of the embedded servers, which comes without a compiler."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from shared.embedded.jars import Jar, fetch_jar
from shared.embedded.java import java_binary
from tests.support.locked_jars import jar_cache

_COMPILER = Jar(
    "org.eclipse.jdt",
    "ecj",
    "3.44.0",
    "14c46ddc2e511c46c998da728f6a80f13a689c920f3832402f7ad150f6a6188d",
)
_FLAGS = ("-source", "21", "-target", "21", "-nowarn", "-encoding", "UTF-8")
_SECONDS = 300


def compile_java(sources: Sequence[Path], directory: Path, path: Sequence[Path] = ()) -> None:
    """Writes the classes into `directory`; `path`: jars that they need. Raises EmbeddedError if
    Java or the compiler cannot be had, AssertionError with the compiler's words if it refuses.
    """
    compiler = fetch_jar(_COMPILER, jar_cache("clients"))
    needed = ("-cp", os.pathsep.join(map(str, path))) if path else ()
    done = subprocess.run(
        [java_binary(), "-jar", compiler, *_FLAGS, *needed, "-d", directory, *sources],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
