"""Real servers and processes with a proxy on every line between them, and receivers of what they
send. Everything listens on loopback and is ended by the id under which it was started.
"""

import asyncio
import secrets
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import make_url

from plimsoll.demo.crm import Crm
from plimsoll.demo.crm_http import Answer, CrmServer, Request
from shared.embedded import EmbeddedKafka, EmbeddedPostgres
from shared.embedded.ports import HOST, free_port
from shared.migrations import upgrade
from tests.proof import catalog
from tests.proof.database import Database
from tests.proof.disk import SmallDisk
from tests.proof.sender import HttpSender, KafkaSender
from tests.support.mailboxes import TestMailbox
from tests.support.processes import ServiceProcess
from tests.support.proxy import FaultyProxy
from tests.support.trust import TRUST

SERVICES = ("ingest", "trigger", "notifier")
USAGE = "usage.events"
_CLOCK_SECONDS = 5.0
_PATIENCE_SECONDS = 60.0
_CONNECTIONS = "70"
_POSTGRES = {
    "max_connections": _CONNECTIONS,
    "shared_buffers": "64MB",
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
}


@dataclass
class Lines:
    """The proxies: of each service to PostgreSQL, of all of them to Kafka, of the notifier to each
    receiver.
    """

    postgres: dict[str, FaultyProxy]
    kafka: FaultyProxy
    channels: dict[str, FaultyProxy]

    @property
    def all(self) -> list[FaultyProxy]:
        return [*self.postgres.values(), self.kafka, *self.channels.values()]


class Hooks:
    """A webhook's receiver: how often each message came, by its id."""

    def __init__(self) -> None:
        self.received: dict[str, int] = {}
        self._server = CrmServer(self._take)

    async def start(self) -> str:
        return await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    async def _take(self, request: Request) -> Answer:
        id = request.headers.get("webhook-id", "")
        self.received[id] = self.received.get(id, 0) + 1
        return Answer(200, {})


@dataclass
class World:
    postgres: EmbeddedPostgres
    kafka: EmbeddedKafka
    disk: SmallDisk | None
    lines: Lines
    database: Database
    mailbox: TestMailbox
    crm: Crm
    hooks: Hooks
    environment: dict[str, str]
    logs: Path
    processes: dict[str, ServiceProcess] = field(default_factory=dict)
    offset: timedelta = timedelta()

    def process(self, service: str) -> ServiceProcess:
        return self.processes[service]

    def another(self, service: str) -> ServiceProcess:
        """A further process of a service, not started."""
        address = make_url(self.environment["PLIMSOLL_DATABASE_URL"]).set(
            port=self.lines.postgres[service].port
        )
        own = {"PLIMSOLL_DATABASE_URL": address.render_as_string(hide_password=False)}
        return ServiceProcess(service, self.environment | own, self.logs)

    async def ready(self) -> None:
        await asyncio.gather(*(process.ready() for process in self.processes.values()))

    async def call(
        self, service: str, method: str, path: str, body: Any, want: Sequence[int] = (200, 201)
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.environment['PLIMSOLL_ADMIN_KEY']}"}
        async with httpx.AsyncClient(
            verify=TRUST, base_url=self.process(service).url, headers=headers, timeout=60
        ) as client:
            answer = await client.request(method, path, json=body)
        assert answer.status_code in want, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def open_accounts(self, names: Sequence[str]) -> None:
        for start in range(0, len(names), 1_000):
            body = catalog.accounts(names[start : start + 1_000], datetime.now(UTC))
            await self._opened(body)

    async def _opened(self, body: Sequence[object]) -> None:
        """What the fault before has left may last: what is answered 503 is sent again."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            answer = await self.call(
                "trigger", "POST", "/v1/accounts:batch", body, want=(200, 201, 503)
            )
            if "refused" in answer or time.monotonic() > end:
                break
            await asyncio.sleep(1)
        assert answer.get("refused") == 0, answer

    async def pass_time(self, step: timedelta) -> None:
        """Moves the services' clock. The answer may come after all that is due then has been done,
        which is not waited for.
        """
        self.offset += step
        now = (datetime.now(UTC) + self.offset).isoformat()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOCK_SECONDS):
                await self.call("trigger", "PUT", "/v1/test-clock", {"now": now}, want=(200, 503))


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """`folder`: an empty one that every user can enter."""
    async with AsyncExitStack() as stack:
        here = await _servers(folder, stack)
        await upgrade(here.postgres.url)
        stack.push_async_callback(_end_processes, here)
        for service in SERVICES:
            here.processes[service] = here.another(service)
            here.processes[service].start()
        await here.ready()
        await here.call("trigger", "PUT", "/v1/catalog", catalog.catalog())
        for name, body in _channels(here).items():
            await here.call("notifier", "PUT", f"/v1/channels/{name}", body)
        yield here


def _channels(here: World) -> dict[str, dict[str, str]]:
    ports = {name: proxy.port for name, proxy in here.lines.channels.items()}
    return {
        "hubspot": {"url": f"http://{HOST}:{ports['hubspot']}", "token": "pat-proof"},
        "webhook": {"url": f"http://{HOST}:{ports['webhook']}"},
    }


async def _servers(folder: Path, stack: AsyncExitStack) -> World:
    disk = SmallDisk.mounted(folder / "disk")
    if disk is not None:
        stack.callback(disk.unmount)
    postgres = EmbeddedPostgres((disk.place if disk else folder) / "postgres")
    postgres.extra = _POSTGRES
    stack.callback(postgres.kill)
    kafka = EmbeddedKafka(folder / "kafka")
    stack.callback(kafka.kill)
    kafka.prepare()
    inner = free_port(kafka.ports.values())
    to_kafka = await stack.enter_async_context(FaultyProxy(HOST, inner))
    kafka.extra = _listeners(kafka, inner, to_kafka.port)
    await asyncio.gather(asyncio.to_thread(postgres.start), asyncio.to_thread(kafka.start))
    mailbox, crm, hooks = TestMailbox(), Crm(limit=10**6), Hooks()
    receivers = {
        "email": mailbox.start(),
        "hubspot": await crm.start(),
        "webhook": await hooks.start(),
    }
    stack.callback(mailbox.stop)
    stack.push_async_callback(crm.stop)
    stack.push_async_callback(hooks.stop)
    lines = Lines(
        {name: await _proxy(stack, postgres.url) for name in SERVICES},
        to_kafka,
        {name: await _proxy(stack, url) for name, url in receivers.items()},
    )
    database = Database(postgres.url)
    stack.push_async_callback(database.close)
    (folder / "logs").mkdir()
    environment = _environment(postgres.url, lines)
    return World(
        postgres, kafka, disk, lines, database, mailbox, crm, hooks, environment, folder / "logs"
    )


async def _proxy(stack: AsyncExitStack, url: str) -> FaultyProxy:
    address = make_url(url)
    return await stack.enter_async_context(FaultyProxy(HOST, address.port or 0))


def _listeners(kafka: EmbeddedKafka, inner: int, outer: int) -> dict[str, str]:
    """One listener for us, and one that is reached through the proxy."""
    direct = f"PLAINTEXT://{HOST}:{kafka.ports['kafka']}"
    controller = f"CONTROLLER://{HOST}:{kafka.ports['controller']}"
    return {
        "listeners": f"{direct},PROXIED://{HOST}:{inner},{controller}",
        "advertised.listeners": f"{direct},PROXIED://{HOST}:{outer}",
        "listener.security.protocol.map": (
            "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:SASL_PLAINTEXT"
        ),
        "inter.broker.listener.name": "PLAINTEXT",
    }


def _environment(database_url: str, lines: Lines) -> dict[str, str]:
    return {
        "PLIMSOLL_DATABASE_URL": database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{lines.kafka.port}",
        "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
        "PLIMSOLL_SECRET_KEY": secrets.token_hex(24),
        "PLIMSOLL_ALLOW_PRIVATE_URLS": "on",
        "PLIMSOLL_TEST_CLOCK": "on",
        "PLIMSOLL_LOG_FORMAT": "text",
        "PLIMSOLL_SMTP_URL": f"smtp://{HOST}:{lines.channels['email'].port}",
        "PLIMSOLL_MAIL_FROM": "alerts@vendor.example",
    }


async def _end_processes(here: World) -> None:
    """What they leave behind is thrown away, so nothing is waited for. A frozen one cannot die
    before it goes on.
    """
    for process in here.processes.values():
        if process.running:
            process.signal(signal.SIGCONT)
            await asyncio.to_thread(process.kill)


def senders(here: World) -> tuple[KafkaSender, HttpSender]:
    kafka = KafkaSender(here.kafka.address, USAGE)
    http = HttpSender(lambda: here.process("ingest").url, here.environment["PLIMSOLL_ADMIN_KEY"])
    return kafka, http
