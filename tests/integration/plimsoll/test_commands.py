"""The commands that end by themselves, as processes: their output, exit codes and effects."""

import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from plimsoll.datadir import Running, write_running
from shared.embedded import Addresses
from shared.embedded.lock import DataLock
from shared.kafka.clients import ensure_topics
from shared.runtime.settings import Settings, load_settings
from tests.support.command import Outcome, environment_with, plimsoll, typed
from tests.support.processes import fork_module, free_port
from tests.support.trust import TRUST

Command = Callable[..., Outcome]


@pytest.fixture
def command(environment: dict[str, str], tmp_path: Path) -> Command:
    return lambda *arguments, **more: plimsoll(
        *arguments, environment=environment | more, cwd=tmp_path
    )


def one_line(text: str) -> str:
    (line,) = text.splitlines()
    return line


@pytest.fixture
def type_command(environment: dict[str, str], tmp_path: Path) -> Command:
    """With all its imports."""
    return lambda *arguments: typed(*arguments, environment=environment, cwd=tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["key"],
        ["key", "create", "--name", "a"],
        ["key", "create", "--name", "a", "--scope", "all"],
        ["key", "create", "--name", "a", "--scope", "read", "--rate", "-1"],
        ["rewind", "--service", "ingest", "--to", "yesterday"],
        ["rewind", "--service", "ingest", "--to", "2026-11-22T05:00:00"],
        ["rewind", "--service", "mail", "--to", "earliest"],
        ["up", "--port", "70000"],
        ["catalog", "check"],
    ],
)
def test_a_misspelled_command_is_a_matter_of_usage(
    arguments: list[str], type_command: Command
) -> None:
    outcome = type_command(*arguments)
    assert outcome.code == 2
    assert outcome.err.startswith("usage: plimsoll")


def test_every_command_explains_itself(type_command: Command) -> None:
    listing = type_command("--help")
    assert listing.code == 0
    for name in (
        "demo",
        "up",
        "ingest",
        "trigger",
        "notifier",
        "migrate",
        "catalog",
        "key",
        "rewind",
        "explain",
        "value",
        "setup",
        "backtest",
        "import",
        "doctor",
    ):
        assert re.search(rf"^ +{name} ", listing.out, re.MULTILINE), name


def test_keys_are_shown_once_listed_and_revoked(command: Command) -> None:
    made = command(
        "key",
        "create",
        "--name",
        "shop",
        "--scope",
        "events:write",
        "--scope",
        "read",
        "--rate",
        "20",
    )
    assert made.code == 0
    key = one_line(made.out)
    listed = command("key", "list").out
    assert key not in listed
    assert re.search(
        rf"^shop +{re.escape(key[:11])}… +events:write,read +20 +never +active$",
        listed,
        re.MULTILINE,
    )
    assert command("key", "create", "--name", "desk", "--scope", "read", "inbox:token").code == 0
    assert re.search(r"^desk .* inbox:token,read ", command("key", "list").out, re.MULTILINE)
    assert "another name" in one_line(
        command("key", "create", "--name", "shop", "--scope", "read").err
    )
    assert command("key", "revoke", "shop").code == 0
    assert re.search(r"^shop .* revoked 20", command("key", "list").out, re.MULTILINE)
    again = command("key", "revoke", "shop")
    assert (again.code, again.out) == (1, "")
    assert "no key named shop" in one_line(again.err)


def test_migrate_brings_an_empty_database_to_head_and_says_so_twice(
    empty_database_url: str, command: Command
) -> None:
    before = command("key", "list", PLIMSOLL_DATABASE_URL=empty_database_url)
    assert (before.code, before.err) == (
        1,
        "plimsoll: the database has no schema yet: run `plimsoll migrate`\n",
    )
    first, second = (command("migrate", PLIMSOLL_DATABASE_URL=empty_database_url) for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out
    assert first.out.startswith("schema at 0")
    assert command("key", "list", PLIMSOLL_DATABASE_URL=empty_database_url).code == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"PLIMSOLL_DATABASE_URL": "postgresql://nobody:wrong@127.0.0.1:1/x"},
            "PostgreSQL cannot be used",
        ),
        (
            {"PLIMSOLL_DATABASE_URL": ""},
            (
                "no Plimsoll is running on .*: start .*`plimsoll up --data .*`, "
                "or set PLIMSOLL_DATABASE_URL"
            ),
        ),
        (
            {"PLIMSOLL_PORT": "many", "PLIMSOLL_COLOUR": "red"},
            "PLIMSOLL_COLOUR: is not a setting.*; PLIMSOLL_PORT: must be",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    change: dict[str, str], says: str, command: Command, tmp_path: Path
) -> None:
    outcome = command("key", "list", "--data", str(tmp_path), **change)
    assert (outcome.code, outcome.out) == (1, "")
    assert re.search(says, one_line(outcome.err))


@pytest.mark.parametrize("service", ["ingest", "trigger", "notifier"])
def test_one_service_listens_where_it_is_told(
    service: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """`--port` overrides PLIMSOLL_PORT, and SIGTERM ends it with 0."""
    port, log = free_port(), tmp_path / "log"
    process = fork_module(
        "plimsoll",
        service,
        "--port",
        str(port),
        environment=environment_with(environment | {"PLIMSOLL_PORT": str(free_port())}),
        cwd=tmp_path,
        out=log,
        err=log,
    )
    try:
        end = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/healthz"):
            assert process.exitcode is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        process.terminate()
        process.join(15)
        assert process.exitcode == 0, log.read_text()
    finally:
        process.kill()
        process.join(10)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, verify=TRUST, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("name", ["up", "demo"])
@pytest.mark.parametrize("setting", ["PLIMSOLL_PORT", "PLIMSOLL_METRICS_PORT"])
def test_a_taken_port_is_found_before_anything_is_started(
    name: str, setting: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {"PLIMSOLL_PORT": "0"} | {setting: str(port)}
        started = time.monotonic()
        outcome = plimsoll(name, "--data", str(data), environment=environment, cwd=tmp_path)
    assert (outcome.code, outcome.out) == (1, "")
    said = (
        f"plimsoll: cannot listen on 127.0.0.1:{port}: Address already in use; "
        "stop whatever listens there"
    )
    assert one_line(outcome.err).startswith(said)
    assert setting in outcome.err
    assert time.monotonic() - started < 10  # 0.2 s alone on a machine
    assert not data.exists()


def test_an_unavailable_kafka_costs_one_line(command: Command) -> None:
    """Not another one for each retry of the underlying client."""
    away = command(
        "rewind",
        "--service",
        "ingest",
        "--to",
        "earliest",
        PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1",
    )
    assert away.code == 1
    assert one_line(away.err).startswith("plimsoll: Kafka ")


async def test_rewind_moves_the_stored_offsets_back_and_never_past_what_was_not_read(
    stack: Addresses, settings: Settings, environment: dict[str, str], command: Command
) -> None:
    nothing = command("rewind", "--service", "ingest", "--to", "earliest")
    assert (nothing.code, "nothing yet" in nothing.err) == (1, True)
    await ensure_topics(settings)
    async with AIOKafkaProducer(bootstrap_servers=stack.kafka) as producer:
        for number in range(3):
            await producer.send_and_wait(
                f"{settings.topic_prefix}usage.events", b"%d" % number, partition=0
            )
    earliest = command("rewind", "--service", "ingest", "--to", "earliest")
    assert (earliest.code, earliest.out.splitlines()[0]) == (
        0,
        "ingest reads usage.events 0 from 0",
    )
    later = command("rewind", "--service", "ingest", "--to", "2999-01-01T00:00:00Z")
    assert (later.code, later.out.splitlines()[0]) == (0, "ingest reads usage.events 0 from 0")


GOOD = """
currency: USD
meters:
  calls: {event: api.request, aggregation: count, reset: period, unit: call,
          name: {en: calls, ja: 呼び出し}}
plans:
  - {id: starter, rank: 1, price: {month: 49, year: 588}, purchase: self_serve,
     limits: {calls: 100}, features: [core],
     support: {channels: [email], first_response_hours: 48, csm: none}}
"""


def test_a_catalogue_is_checked_without_any_server(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(GOOD)
    outcome = command("catalog", "check", str(file), PLIMSOLL_DATABASE_URL="")
    assert outcome.code == 0
    assert re.search(r"^warning /plans: too_few_plans", outcome.err, re.MULTILINE)


def test_a_catalogue_is_applied_once_per_content(command: Command, tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(GOOD)
    second.write_text(GOOD.replace("49", "59"))
    applied = [command("catalog", "apply", str(file)).out for file in (first, first, second)]
    assert [out.rsplit(" ", 1)[1] for out in applied] == ["1\n", "1\n", "2\n"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            GOOD.replace("48", "-1").replace("100", "lots"),
            "/plans/0/limits/calls .*; /plans/0/support/first_response_hours",
        ),
        ("", "catalog.yaml: "),
        (None, "catalog.yaml: No such file or directory"),
    ],
)
def test_every_fault_of_a_catalogue_is_named_in_one_line(
    content: str | None, says: str, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "catalog.yaml"
    if content is not None:
        file.write_text(content)
    outcome = command("catalog", "check", str(file))
    assert (outcome.code, outcome.out) == (1, "")
    assert re.search(says, one_line(outcome.err))


# Within the retention of any Kafka that the tests run on.
SHORT_WINDOW = {"PLIMSOLL_DEDUPE_DAYS": "1"}


async def test_doctor_names_every_fault_and_its_remedy_in_one_run(
    settings: Settings, environment: dict[str, str], command: Command
) -> None:
    sick = command("doctor", PLIMSOLL_PORT="many", PLIMSOLL_SMTP_URL="smtp://127.0.0.1:1")
    assert sick.code == 1
    subjects = re.findall(r"^FAULT  ([^:]+): .*\n       -> \S", sick.out, re.MULTILINE)
    assert subjects == ["configuration", "topics", "mail", "mail", "links"]
    assert one_line(sick.err) == "plimsoll: 5 faults: configuration, topics, mail, links"
    await ensure_topics(load_settings(environment))
    well = command("doctor", **SHORT_WINDOW)
    assert (well.code, well.err) == (0, ""), well.out


async def test_doctor_ignores_an_installation_with_other_addresses_than_the_settings(
    environment: dict[str, str], command: Command, tmp_path: Path
) -> None:
    await ensure_topics(load_settings(environment))
    lock = DataLock(tmp_path)
    lock.acquire()
    write_running(
        tmp_path,
        Running(
            "http://127.0.0.1:1", "127.0.0.1:1", "postgresql://u:p@127.0.0.1:1/other", "k" * 32
        ),
    )
    try:
        outcome = command("doctor", "--data", str(tmp_path), **SHORT_WINDOW)
    finally:
        lock.release()
    assert (outcome.code, outcome.err) == (0, ""), outcome.out
    assert "ok     installation: PostgreSQL and Kafka are named by settings" in outcome.out
    assert "127.0.0.1:1 " not in outcome.out


def test_doctor_says_where_it_looked_when_nothing_is_there(
    command: Command, tmp_path: Path
) -> None:
    outcome = command(
        "doctor",
        "--data",
        str(tmp_path),
        PLIMSOLL_DATABASE_URL="",
        PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS="",
    )
    assert outcome.code == 1
    assert f"-> start one with `plimsoll up --data {tmp_path}`" in outcome.out


def test_explain_reports_an_unknown_account(command: Command) -> None:
    outcome = command("explain", "nobody")
    assert (outcome.code, outcome.out, outcome.err) == (
        1,
        "",
        "plimsoll: there is no account nobody\n",
    )
