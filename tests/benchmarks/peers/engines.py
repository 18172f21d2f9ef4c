"""The engines beside ours, as commands: a small job for each, compiled at the start of a run."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shared.embedded.jars import cache_root, fetch_jars
from shared.embedded.java import java_binary
from shared.embedded.server import ignore, never
from tests.support import flink
from tests.support.java_compiler import compile_java
from tests.support.locked_jars import fetch_locked
from tests.support.pages import ROOT

Name = Literal["flink", "kafka_streams"]
NAMES: tuple[Name, ...] = ("flink", "kafka_streams")
LOCK = Path(__file__).with_name("peers.lock")
HEAP_MB = 1_024
"""Of the Java process; what RocksDB takes comes on top."""
_HERE = Path(__file__).parent
_MAIN: dict[Name, str] = {"flink": "FlinkTotals", "kafka_streams": "KafkaStreamsTotals"}
_SHARED = ("Progress", "Usage")
_LOG = """<Configuration>
  <Appenders>
    <Console name="C" target="SYSTEM_ERR"><PatternLayout pattern="%d %p %c{1} %m%n%ex"/></Console>
  </Appenders>
  <Loggers><Root level="ERROR"><AppenderRef ref="C"/></Root></Loggers>
</Configuration>
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """`command`: takes what the job's main class takes."""

    name: Name
    command: Sequence[str]


def engine(name: Name, directory: Path) -> Engine:
    """Compiled into `directory`. Raises EmbeddedError if Java or a jar cannot be had."""
    classes = directory / name
    classes.mkdir()
    jars = _jars(name)
    main = _MAIN[name]
    compile_java([_HERE / f"{source}.java" for source in (*_SHARED, main)], classes, jars)
    log = directory / "log4j2.xml"
    log.write_text(_LOG, encoding="utf-8")
    flags = (
        f"-Xms{HEAP_MB}m",
        f"-Xmx{HEAP_MB}m",
        "-XX:+UseParallelGC",
        "-XX:+ExitOnOutOfMemoryError",
        f"-Dlog4j2.configurationFile={log}",
        *(flink.OPENED if name == "flink" else ()),
    )
    path = os.pathsep.join(map(str, (classes, *jars)))
    return Engine(name, (str(java_binary()), *flags, "-cp", path, main))


def _jars(name: Name) -> list[Path]:
    """Flink's connector has a Kafka client of its own, and the two engines a RocksDB each."""
    java_binary()  # says best what is missing where nothing is installed
    kafka = fetch_jars(cache_root(ROOT / ".venv" / "cache"), ignore, never)
    of_kafka = sorted(kafka.glob("*.jar"))
    locked = fetch_locked(LOCK, "peers")
    if name == "kafka_streams":
        return [*of_kafka, *_named(locked, "kafka-streams", "rocksdbjni")]
    return [
        *flink.jars(),
        *_named(locked, "flink-", "frocksdbjni"),
        *_named(of_kafka, "jackson-core"),
    ]


def _named(jars: Sequence[Path], *starts: str) -> list[Path]:
    return [jar for jar in jars if jar.name.startswith(starts)]
