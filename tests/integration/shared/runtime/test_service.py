"""A service as a process: how it starts, refuses to start, reports what is missing, drains and
dies.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url, text

from plimsoll.checks import processes
from plimsoll.composition import Ground, announce
from plimsoll.datadir import find_running
from services.console.service import build as console
from shared.embedded import Addresses
from shared.embedded.kafka import EmbeddedKafka
from shared.embedded.lock import DataLock
from shared.kafka.clients import ensure_topics
from shared.loop.rejected import Rejected, keep
from shared.postgres.database import create_engine, transaction
from shared.runtime.context import Context
from shared.runtime.service import Service, run
from shared.runtime.settings import Settings
from tests.support import tiny_service
from tests.support.loops import counted, prepare, produce, until
from tests.support.processes import fork_module
from tests.support.proxy import FaultyProxy
from tests.support.serving import serving
from tests.support.words import heard, listening


class Tiny:
    """The tiny service in its own process."""

    def __init__(self, environment: Mapping[str, str], directory: Path) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            **environment,
        }
        self.directory = directory
        self.process: BaseProcess | None = None

    def start(self, **more: str) -> "Tiny":
        log = self.directory / "log"
        self.process = fork_module(
            "tests.support.tiny_service",
            environment=self.environment | more,
            cwd=Path.cwd(),
            out=log,
            err=log,
        )
        return self

    @property
    def log(self) -> str:
        log = self.directory / "log"
        return log.read_text() if log.exists() else ""

    def says(self, words: str) -> bool:
        return words in self.log

    def signal(self, number: int) -> None:
        assert self.process is not None
        assert self.process.pid is not None
        if self.process.exitcode is None:
            os.kill(self.process.pid, number)

    async def ended(self, seconds: float = 20) -> int:
        assert self.process is not None
        await asyncio.to_thread(self.process.join, seconds)
        assert self.process.exitcode is not None, f"it does not end within {seconds} s"
        return self.process.exitcode


@pytest.fixture
def tiny(environment: dict[str, str], tmp_path: Path) -> Iterator[Tiny]:
    tiny = Tiny(environment, tmp_path)
    yield tiny
    if tiny.process is not None:
        tiny.process.kill()
        tiny.process.join(10)


def _started(tiny: Tiny, times: int) -> bool:
    return tiny.log.count("ready ") >= times


async def _is(settings: Settings, expected: int) -> bool:
    return sum((await counted(settings)).values()) >= expected


async def test_terminated_under_load_it_drains_and_nothing_is_lost_or_counted_twice(
    tiny: Tiny, settings: Settings
) -> None:
    await prepare(settings)
    done, sent = asyncio.Event(), 0

    async def load() -> None:
        nonlocal sent
        while not done.is_set():
            await produce(settings, [("k", b"x")] * 200)
            sent += 200
            await asyncio.sleep(0.1)

    loading = asyncio.create_task(load())
    for number in range(3):
        tiny.start(TINY="slow")
        await until(partial(_started, tiny, number + 1))
        await asyncio.sleep(0.3)
        started = time.monotonic()
        tiny.signal(signal.SIGTERM)
        assert await tiny.ended() == 0
        assert time.monotonic() - started < 10
    tiny.start()
    await until(partial(_started, tiny, 4))
    await asyncio.sleep(0.3)
    tiny.signal(signal.SIGKILL)
    await tiny.ended()
    done.set()
    await loading
    tiny.start()
    await until(partial(_started, tiny, 5), 40)  # before it is up, Python handles Ctrl-C
    await until(lambda: _is(settings, sent), 40)
    tiny.signal(signal.SIGINT)
    assert await tiny.ended() == 0
    assert await counted(settings) == {"k": sent}


async def test_a_task_that_dies_ends_the_process_with_one_clear_line(
    tiny: Tiny, settings: Settings
) -> None:
    await prepare(settings)
    assert await tiny.start(TINY="die").ended() == 1
    assert (
        tiny.log.splitlines()[-1]
        == "plimsoll: ingest doomed stopped unexpectedly: RuntimeError: the disk fell out"
    )


async def test_a_second_signal_ends_it_immediately(tiny: Tiny, settings: Settings) -> None:
    await prepare(settings)
    tiny.start(TINY="hang")
    await until(lambda: tiny.says("ready "))
    tiny.signal(signal.SIGTERM)
    await until(lambda: tiny.says("stopping"))
    await asyncio.sleep(0.5)
    assert tiny.process is not None
    assert tiny.process.exitcode is None
    tiny.signal(signal.SIGTERM)
    assert await tiny.ended(3) == 128 + signal.SIGTERM


async def test_a_task_that_is_deaf_does_not_keep_it_from_ending(
    tiny: Tiny, settings: Settings
) -> None:
    await prepare(settings)
    tiny.start(TINY="hang")
    await until(lambda: tiny.says("ready "))
    started = time.monotonic()
    tiny.signal(signal.SIGTERM)
    assert await tiny.ended(12) == 0
    assert time.monotonic() - started < 10


async def test_it_refuses_to_start_and_says_why(
    tiny: Tiny, settings: Settings, empty_database_url: str
) -> None:
    assert settings.database_url is not None
    wrong_password = (
        make_url(settings.database_url)
        .set(password="wrong-Passw0rd")
        .render_as_string(hide_password=False)
    )
    assert await tiny.start(PLIMSOLL_PORT="x", PLIMSOLL_HSOT="y").ended() == 1
    assert tiny.says("PLIMSOLL_PORT: must be a whole number from 0 to 65535")
    assert tiny.says("PLIMSOLL_HSOT: is not a setting: did you mean PLIMSOLL_HOST?")
    assert await tiny.start(PLIMSOLL_DATABASE_URL=empty_database_url).ended() == 1
    assert (
        tiny.log.splitlines()[-1]
        == "plimsoll: the database has no schema yet: run `plimsoll migrate`"
    )
    assert await tiny.start(PLIMSOLL_DATABASE_URL=wrong_password).ended() == 1
    assert "password authentication failed" in tiny.log.splitlines()[-1]
    assert not tiny.says("wrong-Passw0rd")
    taken = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    assert await tiny.start(PLIMSOLL_PORT=str(port)).ended() == 1
    assert f"cannot listen on 127.0.0.1:{port}: " in tiny.log.splitlines()[-1]
    taken.close()


def _resting(context: Context) -> Service:
    async def rests() -> str | None:
        return "usage.events 0: begins at 7"

    service = tiny_service.build(context)
    service.checks["rests"] = rests
    return service


async def test_commands_find_one_that_rests_before_it_was_ever_ready(
    settings: Settings, tmp_path: Path
) -> None:
    """A partition whose offset is gone keeps it from becoming ready, and `plimsoll rewind --data`
    resolves that.
    """
    await prepare(settings)
    assert settings.kafka_bootstrap_servers is not None
    assert settings.database_url is not None
    addresses = Addresses(settings.kafka_bootstrap_servers, settings.database_url)
    ground = Ground(replace(settings, data_dir=tmp_path, embedded=True), addresses, None)

    lock, stop = DataLock(tmp_path), asyncio.Event()
    lock.acquire()
    ready: list[str] = []
    running = asyncio.create_task(
        run(
            ground.settings,
            [_resting],
            on_listening=partial(announce, ground),
            on_ready=lambda *_: ready.append("ready"),
            stop=stop,
        )
    )
    try:
        await until(lambda: find_running(tmp_path)[1] is not None)
        found = find_running(tmp_path)[1]
        assert found is not None
        async with httpx.AsyncClient(base_url=found.url, trust_env=False) as client:
            await until(lambda: _not_ready(client, "ingest rests"))
        assert found.database_url == settings.database_url
    finally:
        stop.set()
        assert await running == 0
        lock.release()
    assert ready == []


async def test_metrics_on_a_port_of_their_own(settings: Settings) -> None:
    await prepare(settings)
    await _left_behind(settings)
    port = _free_port()
    async with serving(replace(settings, metrics_port=port), [tiny_service.build]) as served:
        assert (await served.client.get("/metrics")).status_code == 404
        elsewhere = await served.client.get(f"http://127.0.0.1:{port}/metrics")
        assert elsewhere.status_code == 200
        assert "plimsoll_outbox_pending" in elsewhere.text

        async def both() -> bool:
            text = (await served.client.get(f"http://127.0.0.1:{port}/metrics")).text
            lines = set(text.splitlines())
            return {
                'plimsoll_silent_processes{service="trigger"} 1.0',
                'plimsoll_silent_processes{service="ingest"} 0.0',
                'plimsoll_rejected_open{service="trigger"} 2.0',
                'plimsoll_rejected_open{service="ingest"} 0.0',
            } <= lines

        await until(both)
        asked = await served.client.head(f"http://127.0.0.1:{port}/metrics")
        assert (asked.status_code, asked.content) == (200, b"")
        assert (await served.client.get(f"http://127.0.0.1:{port}/v1/records")).status_code == 404
        assert settings.database_url is not None
        found = [one.what for one in await processes.check(settings.database_url)]
        assert "no process of trigger runs" in found
        assert "no process of ingest runs" not in found
    # One that ends takes its row with it.
    found = [one.what for one in await processes.check(settings.database_url)]
    assert found == ["2 records are open, 2 of trigger with: field: x"]


async def _left_behind(settings: Settings) -> None:
    """A process that was killed a minute ago, and two records that nobody has looked at."""
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, name="test", pool_size=1)
    async with transaction(engine) as conn:
        records = [Rejected("account.events", 0, place, "field: x", b"{}") for place in range(2)]
        await keep(conn, "trigger", records, datetime.now(UTC))
        await conn.execute(text(_SILENT))
    await engine.dispose()


_SILENT = """
    insert into instance (name, service, version, started_at, seen_at)
    values ('gone', 'trigger', '0', clock_timestamp(), clock_timestamp() - interval '1 minute')
"""


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _not_ready(client: httpx.AsyncClient, part: str) -> bool:
    response = await client.get("/readyz")
    return (
        response.status_code == 503
        and not response.json()["checks"][part]["ok"]
        and bool(response.json()["checks"][part]["reason"])
    )


async def _operations(client: httpx.AsyncClient, **params: str) -> Any:
    started = time.monotonic()
    response = await client.get("/v1/operations", params=params)
    assert response.status_code == 200
    assert time.monotonic() - started < 5  # two seconds on a machine that does nothing else
    return response.json()


async def _well(client: httpx.AsyncClient) -> bool:
    told = await _operations(client)
    service = told["services"][0]
    return bool(service["ready"] and not service["reasons"] and len(told["missing"]) == 1)


async def _ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


@pytest.fixture
async def proxy(settings: Settings) -> AsyncIterator[FaultyProxy]:
    assert settings.database_url is not None
    url = make_url(settings.database_url)
    async with FaultyProxy(str(url.host), int(url.port or 5432)) as proxy:
        yield proxy


async def test_without_postgresql_it_says_so_and_comes_back_by_itself(
    settings: Settings, proxy: FaultyProxy
) -> None:
    await prepare(settings)
    assert settings.database_url is not None
    url = (
        make_url(settings.database_url)
        .set(host="127.0.0.1", port=proxy.port)
        .render_as_string(hide_password=False)
    )
    both = [tiny_service.build, console]
    async with serving(replace(settings, database_url=url), both) as served:
        unknown = {"Authorization": "Bearer pk_not-in-any-memory"}
        proxy.cut()
        await until(lambda: _not_ready(served.client, "postgres"), 5)
        assert (await served.client.get("/healthz")).status_code == 200
        told = await _operations(served.client, lang="ja")
        assert (told["postgres"]["ready"], told["kafka"]["ready"]) == (False, True)
        assert "PostgreSQLを起動" in told["postgres"]["text"]
        assert {one["part"] for one in told["missing"]} > {"lag", "outbox", "services"}
        (own, _) = told["services"]
        assert (own["name"], own["ready"], bool(own["reasons"])) == ("ingest", False, True)
        reads = {"Cookie": "plimsoll=somebody", "Accept-Language": "ja"}
        page = await served.client.get("/console/operations", headers=reads)
        assert (page.status_code, page.headers["content-type"][:9]) == (503, "text/html")
        assert "から利用できません" in page.text  # since when
        assert "PostgreSQLを起動すれば自動で再開します" in page.text
        refused = await served.client.post("/v1/records", headers=unknown)
        assert refused.status_code == 503  # fails closed: the caller cannot be identified
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.headers["content-type"] == "application/problem+json"
        await produce(settings, [("k", b"x")] * 10)
        proxy.heal()
        await until(lambda: _ready(served.client))
        assert (await served.client.post("/v1/records", headers=unknown)).status_code == 401
        await until(lambda: _is(settings, 10))
        await until(lambda: _well(served.client))


async def test_without_kafka_it_says_so_and_comes_back_by_itself(
    settings: Settings, own_kafka: EmbeddedKafka
) -> None:
    settings = replace(settings, kafka_bootstrap_servers=own_kafka.address)
    await prepare(settings)
    await ensure_topics(settings)
    async with serving(settings, [tiny_service.build]) as served:
        assert (await served.client.post("/v1/records")).status_code == 202
        async with listening(settings) as words:
            await asyncio.to_thread(own_kafka.kill)
            started = time.monotonic()
            refused = await served.client.post("/v1/records")
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) >= 1
            assert time.monotonic() - started < 12
            await until(lambda: _not_ready(served.client, "kafka"), 5)
            assert "operations ingest" in await heard(words, {"operations ingest"}, 15)
        told = await _operations(served.client)
        assert told["kafka"]["text"].endswith("Start Kafka; everything then goes on by itself.")
        assert [one["part"] for one in told["missing"]] == ["channels", "lag"]
        assert {one["lag"] for one in told["lag"]} == {None}
        assert told["postgres"]["ready"]
        assert any("cannot use Kafka since" in one for one in told["services"][0]["reasons"])
        await asyncio.to_thread(own_kafka.start)
        await until(lambda: _ready(served.client))
        accepted = (await served.client.post("/v1/records")).status_code
        assert accepted == 202
        # the refused one may have been sent once the broker came back: its sender cannot know that
        # and sends it again
        await until(lambda: _is(settings, 2))
    assert (await counted(settings))["http"] in (2, 3)


async def test_it_ends_in_time_also_without_kafka(
    settings: Settings, own_kafka: EmbeddedKafka
) -> None:
    settings = replace(settings, kafka_bootstrap_servers=own_kafka.address)
    await prepare(settings)
    async with serving(settings, [tiny_service.build]) as served:
        await produce(settings, [("k", b"send")] * 20)
        await until(lambda: _is(settings, 20))
        await asyncio.to_thread(own_kafka.kill)
        waiting = asyncio.create_task(served.client.post("/v1/records"))
        await asyncio.sleep(1)
        started = time.monotonic()
        served.stop.set()
        assert await served.code() == 0
        assert time.monotonic() - started < 8
        assert (await waiting).status_code == 503
