"""Defines a service, and runs one to three of them in one process on one port: start, supervise,
drain.
"""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import structlog
from fastapi import APIRouter
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import text

from shared import migrations
from shared.clock import state as clock_state
from shared.clock import test_faults
from shared.erasure import requests as erasure
from shared.erasure.eraser import Eraser, Step
from shared.kafka.clients import KafkaUnavailable, Producer, ensure_topics
from shared.kafka.diagnosis import diagnose
from shared.loop import parked_rows
from shared.loop.consumer import ConsumerLoop
from shared.loop.outbox import Relay
from shared.loop.turn import Handler
from shared.operations.heartbeat import Heartbeat
from shared.operations.survey import ChannelsPart, Operations
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable, driver_error
from shared.runtime.addresses import AddressTaken, cannot_listen, check_free
from shared.runtime.context import Context, make_context
from shared.runtime.server import HttpServer, allow_connections, metrics_app
from shared.runtime.settings import Settings, SettingsError, load_settings
from shared.security.crypto import NoSecret
from shared.telemetry.logs import configure_logging, log
from shared.telemetry.masking import masked
from shared.telemetry.tracebacks import told
from shared.web import create_api, create_app
from shared.web.health import readiness

WHOLE = frozenset({"ingest", "trigger", "notifier"})
"""The services that make up the API."""
Task = Callable[[asyncio.Event], Awaitable[None]]
Check = Callable[[], Awaitable[str | None]]
Ready = Callable[[str, int], None]


class Begun(NamedTuple):
    """Callbacks with the address: once requests are accepted, and once every check is green."""

    listening: Ready | None
    ready: Ready | None


_DRAIN_SECONDS = 5.0  # connections and embedded servers are closed after it, all within ten seconds
_CANCEL_SECONDS = 1.0
_END_SECONDS = 9.0
_START_SECONDS = 60.0
_ERASED_WITHIN = timedelta(minutes=10)  # else readiness says so
_MOST_NAMED = 5  # accounts named in readiness; GET /v1/parked lists all


@dataclass(slots=True)
class Service:
    """The result of `services.<name>.service.build(context)`. `tasks` run until their event is set;
    `checks` say why it is not ready.

    `notes` say what is paused (an account, a channel) while the service itself works: readiness
    shows them and stays green. `channels`: their part of `GET /v1/operations`. `kafka`: whether it
    reads or writes there, and waits for it.
    """

    name: str
    routers: list[APIRouter] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    notes: dict[str, Check] = field(default_factory=dict)
    channels: ChannelsPart | None = None
    kafka: bool = True


Build = Callable[[Context], Service]


def add_loop(service: Service, context: Context, handler: Handler) -> ConsumerLoop:
    """Adds the consumer loop, the outbox relay, and the readiness checks of both to a service."""
    loop = ConsumerLoop(handler, context.settings, context.clock, context.outbox(service.name))
    service.tasks["loop"] = loop.run
    add_relay(service, context)

    async def check() -> str | None:
        return loop.fault()

    async def note() -> str | None:
        try:
            async with transaction(context.engine) as conn:
                number = (
                    await parked_rows.standing(conn, service.name, (), context.clock.now())
                ).accounts
                named = await parked_rows.named(conn, service.name, _MOST_NAMED) if number else []
        except DatabaseUnavailable:
            return None  # the PostgreSQL check reports it
        return (
            _parked(
                number, [(masked(one.account, 60), f"{one.part}, {one.reason}") for one in named]
            )
            if number
            else None
        )

    service.checks["loop"] = check
    service.notes["parked"] = note
    return loop


def _parked(number: int, named: Sequence[tuple[str, str]]) -> str:
    """Whose work is parked, and the kind of fault: readiness is public, so it shows no e-mail
    address and no value.
    """
    told = ", ".join(f"{account} ({why})" for account, why in named)
    more = ", …" if number > len({account for account, _ in named}) else ""
    return (
        f"{number} {'account is' if number == 1 else 'accounts are'} parked: "
        f"{told}{more}: see GET /v1/parked"
    )


def add_relay(service: Service, context: Context) -> None:
    assert context.settings.database_url is not None
    producer = Producer(context.settings, name=f"{service.name}-relay", keeps_pending=False)
    relay = Relay(context.outbox(service.name), context.settings.database_url, producer)

    async def run(stop: asyncio.Event) -> None:
        try:
            await relay.run(stop)
        finally:
            await producer.stop()

    service.tasks["relay"] = run


def description(settings: Settings, builders: Sequence[Build]) -> dict[str, Any]:
    """The OpenAPI description of a process that runs all of these. Connects to nothing; do not call
    it inside a running loop.
    """

    async def make() -> dict[str, Any]:
        context = make_context(settings, name="description")
        try:
            return create_api(
                context, [router for build in builders for router in build(context).routers], {}
            ).openapi()
        finally:
            await context.close()

    return asyncio.run(make())


def add_erasing(service: Service, context: Context, steps: Sequence[Step]) -> None:
    """Adds the erasing task to a service. A pending erasure does not make it unready."""
    service.tasks["erasing"] = Eraser(context, service.name, steps).run

    async def waiting() -> tuple[int, datetime | None]:
        async with transaction(context.engine) as conn:
            return await erasure.waiting(conn, service.name)

    async def note() -> str | None:
        try:
            number, oldest = await waiting()
        except DatabaseUnavailable:
            return None
        if oldest is None or context.clock.now() - oldest < _ERASED_WITHIN:
            return None
        return (
            f"{number} {'erasure waits' if number == 1 else 'erasures wait'}, "
            f"the oldest since {oldest:%Y-%m-%d %H:%M} UTC"
        )

    async def done() -> bool:
        return (await waiting())[0] == 0

    service.notes["erasing"] = note
    context.quiescence[f"erasures of {service.name}"] = done


class Failed(Exception):
    """The process cannot continue; the message is one clear line for the operator."""


def main(build: Build) -> None:
    """`python -m services.<name>`: exit code 0 after a drain, 1 with one line on stderr."""
    try:
        settings = load_settings()
    except SettingsError as error:
        for fault in error.faults:
            print(f"{fault.path}: {fault.reason}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    raise SystemExit(run_process(settings, [build]))


def run_process(
    settings: Settings, builders: Sequence[Build], *, whole: Sequence[Build] = ()
) -> int:
    """Runs until a signal arrives, on uvloop if it is installed. Returns the exit code.

    It ends within ten seconds of the signal, even if something (such as a name server) blocks one
    of its threads.
    """
    configure_logging(settings.log_format)
    allow_connections()
    factory = None
    with suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(run(settings, builders, whole=whole, last_resort=True))


async def run(
    settings: Settings,
    builders: Sequence[Build],
    *,
    on_listening: Ready | None = None,
    on_ready: Ready | None = None,
    stop: asyncio.Event | None = None,
    whole: Sequence[Build] = (),
    last_resort: bool = False,
) -> int:
    """Starts the services, calls `on_listening(host, port)` once requests are accepted and
    `on_ready(host, port)` once every check is green, drains when `stop` is set. Returns the exit
    code.

    `whole`: all services behind the same address, to be described as one.

    `last_resort`: nothing else runs in this process, so it may be killed if it does not end.
    """
    stop = stop or asyncio.Event()
    try:
        with _Signals(stop, last_resort=last_resort):
            await _run(settings, builders, whole, Begun(on_listening, on_ready), stop)
    except Failed as failure:
        print(f"plimsoll: {failure}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def _run(
    settings: Settings,
    builders: Sequence[Build],
    whole: Sequence[Build],
    begun: Begun,
    stop: asyncio.Event,
) -> None:
    if settings.database_url is None or settings.kafka_bootstrap_servers is None:
        raise Failed(
            "PLIMSOLL_DATABASE_URL "
            "and PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS are needed to run a single service"
        )
    try:
        check_free(settings)
        context = make_context(settings, name="plimsoll")
    except (AddressTaken, NoSecret) as error:
        raise Failed(str(error)) from None
    try:
        services = [build(context) for build in builders]
        await _prepared(context, stop, kafka=_needs_kafka(services))
        if not stop.is_set():
            await _serve(context, services, whole, begun, stop)
    finally:
        await context.close()


def _needs_kafka(services: Sequence[Service]) -> bool:
    return any(service.kafka for service in services)


async def _prepared(context: Context, stop: asyncio.Event, *, kafka: bool) -> None:
    """Waits up to a minute for PostgreSQL and Kafka; creates missing topics; refuses an old schema
    immediately.
    """
    until = asyncio.get_running_loop().time() + _START_SECONDS
    while not stop.is_set():
        try:
            async with transaction(context.engine) as conn:
                await migrations.check(conn)
            if kafka:
                await ensure_topics(context.settings)
            if context.settings.test_clock:
                await clock_state.refresh(context.engine, context.clock)
            return
        except migrations.SchemaBehind as error:
            raise Failed(str(error)) from None
        except (KafkaUnavailable, DatabaseUnavailable, OSError) as error:
            reason = told(driver_error(error))
            if isinstance(error, KafkaUnavailable) and (
                diagnosis := await diagnose(context.settings)
            ):
                reason = f"Kafka: {diagnosis.reason}"
                if diagnosis.by_settings:
                    raise Failed(reason) from error
            if asyncio.get_running_loop().time() > until:
                raise Failed(f"cannot start: {reason}") from error
            log.warning("waiting_to_start", reason=reason)
            await asyncio.sleep(1.0)
        except Exception as error:
            raise Failed(told(error)) from error


async def _serve(
    context: Context,
    services: Sequence[Service],
    whole: Sequence[Build],
    begun: Begun,
    stop: asyncio.Event,
) -> None:
    checks = _checks(context, services)
    heartbeat = Heartbeat(context, partial(readiness, checks), _parts(services))
    context.lacks = heartbeat.lacks
    app = _app(context, services, whole, checks, heartbeat)
    http = HttpServer(app, context.settings.host, context.settings.port)
    servers = [http]
    if context.settings.metrics_port is not None:
        servers.append(
            HttpServer(metrics_app, context.settings.host, context.settings.metrics_port)
        )
    tasks = _Tasks()
    try:
        for server in servers:
            try:
                await server.start()
            except OSError as error:
                raise Failed(str(cannot_listen(server.host, server.port, error))) from error
        if begun.listening is not None:
            begun.listening(http.host, http.port)
        for name, work in [*_work(context, services), ("heartbeat", heartbeat.run)]:
            tasks.start(name, work(tasks.stop))
        tasks.start("ready", _announce(checks, http, begun.ready, stop))
        await tasks.until(stop)
    finally:
        context.stopping.set()
        await _drain(tasks, servers)
    tasks.raise_failure()


def _app(
    context: Context,
    services: Sequence[Service],
    whole: Sequence[Build],
    checks: Mapping[str, Check],
    heartbeat: Heartbeat,
) -> Any:
    notes = {
        f"{service.name} {name}": note
        for service in services
        for name, note in service.notes.items()
    }
    channels = next((one.channels for one in services if one.channels), None)
    app = create_app(
        context,
        [router for service in services for router in service.routers],
        checks,
        notes,
        owners=_owners(services),
        whole=partial(description, context.settings, whole) if whole else None,
        operations=Operations(heartbeat, channels),
    )
    context.api = app if {service.name for service in services} >= WHOLE else None
    return app


def _work(
    context: Context, services: Sequence[Service]
) -> list[tuple[str, Callable[[asyncio.Event], Coroutine[Any, Any, None]]]]:
    work: list[tuple[str, Any]] = [("wake", context.wake.run), ("keys", context.keys.run)]
    if context.settings.test_clock:
        work.append(
            (
                "clock",
                lambda stop: clock_state.follow(context.engine, context.clock, context.wake, stop),
            )
        )
        work.append(
            (
                "faults",
                lambda stop: test_faults.follow(context.engine, context.faults, context.wake, stop),
            )
        )
    work += [
        (f"{service.name} {name}", _labelled(service.name, task))
        for service in services
        for name, task in service.tasks.items()
    ]
    return work


def _labelled(service: str, task: Task) -> Callable[[asyncio.Event], Coroutine[Any, Any, None]]:
    """The task, with its service's name on every line that it logs: each task has its own
    context.
    """

    async def run(stop: asyncio.Event) -> None:
        structlog.contextvars.bind_contextvars(service=service)
        await task(stop)

    return run


def _owners(services: Sequence[Service]) -> dict[Callable[..., Any], str]:
    """Endpoint -> service."""
    return {
        route.endpoint: service.name
        for service in services
        for router in service.routers
        for context in iter_route_contexts(router.routes)  # including those of included routers
        if isinstance(route := context.original_route, APIRoute)
    }


def _checks(context: Context, services: Sequence[Service]) -> Mapping[str, Check]:
    async def postgres() -> str | None:
        try:
            async with transaction(context.engine) as conn:
                read_only = (
                    await conn.execute(text("select current_setting('transaction_read_only')"))
                ).scalar_one() == "on"
                await migrations.check(conn)
        except migrations.SchemaBehind as error:
            return str(error)
        except Exception as error:
            return f"cannot be used ({type(driver_error(error)).__name__})"
        return "takes no writes: it is read-only, or a standby" if read_only else None

    checks: dict[str, Check] = {"postgres": postgres}
    if _needs_kafka(services):
        checks["kafka"] = context.probe.fault
    for service in services:
        for name, check in service.checks.items():
            checks[_check_name(service, name)] = check
    return checks


def _check_name(service: Service, name: str) -> str:
    return service.name if name == "loop" else f"{service.name} {name}"


def _parts(services: Sequence[Service]) -> dict[str, dict[str, str]]:
    """By service what it needs to be ready, and the name of the check that says so."""
    return {
        service.name: {"postgres": "postgres"}
        | ({"kafka": "kafka"} if service.kafka else {})
        | {name: _check_name(service, name) for name in service.checks}
        for service in services
    }


async def _announce(
    checks: Mapping[str, Check], http: HttpServer, on_ready: Ready | None, stop: asyncio.Event
) -> None:
    while not stop.is_set():
        if not any((await readiness(checks)).values()):
            log.info("ready", host=http.host, port=http.port)
            _settle_memory()
            if on_ready is not None:
                on_ready(http.host, http.port)
            return
        await asyncio.sleep(0.1)


def _settle_memory() -> None:
    """Freezes the objects alive at start, so that the collector skips them, and runs it less often
    on what batches create and drop.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class _Tasks:
    """The process's tasks. A task that fails, or ends before it was asked to, ends the process."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._failed = asyncio.Event()
        self._failure: tuple[str, BaseException | None] | None = None

    def start(self, name: str, work: Coroutine[Any, Any, None] | Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks[task] = name
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        name = self._tasks[task]
        error = None if task.cancelled() else task.exception()
        if error is not None or (not self.stop.is_set() and name != "ready"):
            if self._failure is None:
                self._failure = (name, error)
            log.error("task_died", task=name, exc_info=error)
            self._failed.set()

    async def until(self, stop: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in (stop, self._failed)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def finish(self, seconds: float) -> None:
        """Lets every task end between two pieces of work; cancels those still running after
        `seconds`.
        """
        self.stop.set()
        pending = set(self._tasks)
        if pending:
            _, pending = await asyncio.wait(pending, timeout=seconds)
        for task in pending:
            log.warning("task_cancelled", task=self._tasks[task])
            task.cancel()
        if pending:
            await asyncio.wait(pending, timeout=_CANCEL_SECONDS)

    def raise_failure(self) -> None:
        if self._failure is not None:
            name, error = self._failure
            raise Failed(
                f"{name} stopped unexpectedly: {'it ended' if error is None else told(error)}"
            )


async def _drain(tasks: _Tasks, servers: Sequence[HttpServer]) -> None:
    """Refuses new requests first; requests and batches in progress finish."""
    await asyncio.gather(*(server.stop() for server in servers), tasks.finish(_DRAIN_SECONDS))


class _Signals:
    """SIGTERM and SIGINT set `stop`; a second one ends the process immediately."""

    def __init__(self, stop: asyncio.Event, *, last_resort: bool) -> None:
        self._stop = stop
        self._last_resort = last_resort

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            # Not the main thread: the caller stops us.
            with suppress(ValueError, RuntimeError, NotImplementedError):
                loop.add_signal_handler(number, self._received, number)

    def _received(self, number: int) -> None:
        if self._stop.is_set():
            os._exit(128 + number)  # asyncio would otherwise wait for every task
        log.info("stopping", signal=signal.Signals(number).name)
        self._stop.set()
        if self._last_resort:
            timer = threading.Timer(_END_SECONDS, os._exit, (0,))
            timer.daemon = True
            timer.start()

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError, RuntimeError, NotImplementedError):
                loop.remove_signal_handler(number)
