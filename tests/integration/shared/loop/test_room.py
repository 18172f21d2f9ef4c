"""PostgreSQL responds but accepts no writes: the loop reports it without flapping, waits longer
each time, and resumes by itself.
"""

import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs

from plimsoll.checks import postgres
from shared.embedded import Addresses
from shared.embedded.binaries import server_user
from shared.kafka.probe import KafkaProbe
from shared.messages import USAGE_TOTALS
from shared.runtime.settings import Settings
from shared.telemetry.metrics import REGISTRY
from tests.support.loops import Counting, Running, counted, prepare, produce, running, until

_SMALL = 64
"""In megabytes: a database with our schema takes a fifth of it."""


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system that is soon full. Mounting one requires root, and is not allowed in some
    containers.
    """
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = Path(tempfile.mkdtemp(prefix="plimsoll-small-", dir="/tmp"))
    user = server_user()
    owner = f"uid={user.uid},gid={user.gid}," if user else ""
    options = f"{owner}mode=0700,size={_SMALL}m"
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, check=False
    ).returncode:
        place.rmdir()
        pytest.skip("this container may not mount a file system")
    yield place
    subprocess.run(["umount", place], check=True)
    place.rmdir()


@pytest.fixture
async def on_small_disk(
    stack: Addresses, small_disk: Path, settings: Settings
) -> AsyncIterator[Settings]:
    """The test's database, moved to that file system; it has no connections yet."""
    name = small_disk.name.replace("-", "_")
    database = make_url(settings.database_url or "").database
    server = await asyncpg.connect(stack.postgres_url)
    await server.execute(f"create tablespace {name} location '{small_disk}'")
    await server.execute(f"alter database {database} set tablespace {name}")
    yield settings
    await server.execute(f"drop database {database} with (force)")
    await server.execute(f"create database {database}")  # the fixture that created it drops it
    await server.execute(f"drop tablespace {name}")
    await server.close()


async def _fill(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.execute("create table filler (filling text) with (autovacuum_enabled = off)")
    await connection.execute("alter table filler alter column filling set storage plain")
    for rows in (2_000, 100, 1):
        while await _fits(connection, rows):
            pass


async def _fits(connection: "asyncpg.Connection[asyncpg.Record]", rows: int) -> bool:
    try:
        await connection.execute(
            "insert into filler select repeat('x', 7000) from generate_series(1, $1)", rows
        )
    except asyncpg.DiskFullError:
        return False
    return True


async def test_a_full_disk_is_named_and_what_waits_is_counted_once_there_is_room(
    on_small_disk: Settings,
) -> None:
    await prepare(on_small_disk)
    assert on_small_disk.database_url is not None
    assert [
        finding for finding in await postgres.check(on_small_disk.database_url) if finding.is_fault
    ] == []
    connection = await asyncpg.connect(on_small_disk.database_url)
    async with running(on_small_disk, handler := Counting()) as loop:
        await until(lambda: loop.loop.fault() is None)
        await _fill(connection)
        (fault,) = [
            finding
            for finding in await postgres.check(on_small_disk.database_url)
            if finding.is_fault
        ]
        assert (fault.subject, "disk is full" in fault.what) == ("disk", True)
        with capture_logs() as logs:
            await produce(on_small_disk, [(f"key-{number}" * 20, b"x") for number in range(3_000)])
            await until(lambda: "No space left on device" in (loop.loop.fault() or ""))
            await connection.execute("drop table filler")
            await until(lambda: handler.committed == 3_000, 30)
            await until(lambda: loop.loop.fault() is None)
    await connection.close()
    assert sum((await counted(on_small_disk)).values()) == 3_000
    assert _changes(logs) == ["dependency_lost", "dependency_recovered"]


def _changes(logs: Sequence[MutableMapping[str, Any]]) -> list[str]:
    return [
        entry["event"]
        for entry in logs
        if entry["event"] in ("dependency_lost", "dependency_recovered")
    ]


@pytest.mark.parametrize(
    "sqlstate",
    [
        "53100",
        "25006",
        "53300",
        "55P03",
    ],  # disk full, read-only, too many connections, lock not available
)
async def test_what_fails_at_writing_is_back_after_a_commit_and_not_before(
    settings: Settings, sqlstate: str
) -> None:
    """PostgreSQL itself raises it, only when the batch is written: reading continues, as with a
    full disk.
    """
    await prepare(settings)
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("create table sick (sqlstate text)")
    await connection.execute(_SICK)
    attempts = 0

    async def attempt() -> None:
        nonlocal attempts
        attempts += 1

    async with running(settings, handler := Counting(in_apply=attempt, tick_seconds=0.05)) as loop:
        await until(lambda: loop.loop.fault() is None)
        await connection.execute("insert into sick values ($1)", sqlstate)
        with capture_logs() as logs:
            await produce(settings, [("k", b"x")] * 30)
            await until(lambda: loop.loop.fault() is not None)
            progress, began = _progress(), attempts
            await until(partial(_stays_away, loop, lambda: attempts >= began + 6), 30)
            assert _progress() == progress
            assert _gauge("plimsoll_part_away", part="postgres") == 1
            await connection.execute("delete from sick")
            await until(lambda: handler.committed == 30)
            await until(lambda: loop.loop.fault() is None)
            await until(lambda: (_progress() or 0) > (progress or 0))
    await connection.close()
    assert _changes(logs) == ["dependency_lost", "dependency_recovered"]
    assert _gauge("plimsoll_part_away", part="postgres") == 0
    assert await counted(settings) == {"k": 30}


def _stays_away(loop: Running, done: Callable[[], bool]) -> bool:
    assert loop.loop.fault() is not None, (
        "it said that PostgreSQL was back, and nothing had been committed"
    )
    return done()


def _progress() -> float | None:
    return REGISTRY.get_sample_value("plimsoll_last_progress_seconds", {"service": "ingest"})


def _gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"service": "ingest"} | labels)


_SICK = """
create function sicken() returns trigger language plpgsql as $$
declare code text;
begin
    select sqlstate into code from sick;
    if code is not null then raise exception 'as on a bad day' using errcode = code; end if;
    return new;
end $$;
create trigger sicken before insert or update on counted for each row execute function sicken();
"""


async def test_a_read_only_database_is_not_back_before_it_takes_a_write(settings: Settings) -> None:
    await prepare(settings)
    connection = await asyncpg.connect(settings.database_url)
    database = make_url(settings.database_url or "").database
    async with running(settings, handler := Counting()) as loop:
        await until(lambda: loop.loop.fault() is None)
        await connection.execute(
            f"alter database {database} set default_transaction_read_only = on"
        )
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        # No records have arrived: only the probe fails.
        await until(lambda: "in a read-only transaction" in (loop.loop.fault() or ""))
        await connection.execute("set default_transaction_read_only = off")
        await connection.execute(f"alter database {database} reset default_transaction_read_only")
        await produce(settings, [("k", b"x")] * 3)
        await until(lambda: handler.committed == 3)
        await until(lambda: loop.loop.fault() is None)
    await connection.close()


async def test_the_relay_sends_nothing_again_while_it_cannot_delete_what_was_acknowledged(
    settings: Settings,
) -> None:
    """Otherwise a full disk would fill Kafka too: 2,000 messages every two seconds."""
    await prepare(settings)
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("create table sick (sqlstate text)")
    await connection.execute(
        _SICK.replace("before insert or update on counted", "before delete on outbox").replace(
            "return new", "return old"
        )
    )
    await connection.execute("insert into sick values ('53100')")
    probe = KafkaProbe(settings)
    with capture_logs() as logs:
        async with running(settings, Counting(), relay=True):
            await produce(settings, [("k", b"send")] * 10)
            await until(lambda: _sent(probe, 10))
            began = await connection.fetchval(_ATTEMPTS)
            await until(lambda: _tried(connection, began + 3))
            assert await _sent(probe, 10)
            await connection.execute("delete from sick")
            await until(lambda: _empty(connection))
            assert await _sent(probe, 10)
    await probe.close()
    await connection.close()
    assert [entry["event"] for entry in logs if entry["event"].startswith("outbox_")] == [
        "outbox_backlogged",
        "outbox_recovered",
    ]


_ATTEMPTS = "select xact_rollback from pg_stat_database where datname = current_database()"


async def _sent(probe: KafkaProbe, number: int) -> bool:
    return sum((await probe.offsets([USAGE_TOTALS], "end")).values()) == number


async def _tried(connection: "asyncpg.Connection[asyncpg.Record]", times: int) -> bool:
    await connection.execute("select pg_stat_clear_snapshot()")
    return int(await connection.fetchval(_ATTEMPTS)) >= times


async def _empty(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    return bool(await connection.fetchval("select not exists (select from outbox)"))
