"""The checks of doctor on real servers: each fault is reported with its remedy, and nothing
else.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from sqlalchemy import make_url

from plimsoll.checks import accounts, kafka, places, postgres, room, secrets
from plimsoll.checks.finding import Finding
from shared.kafka.clients import ensure_topics
from shared.messages import ACCOUNT_EVENTS, MESSAGES, USAGE_EVENTS, USAGE_TOTALS
from shared.migrations import head, upgrade
from shared.runtime.settings import Settings
from shared.security.crypto import Vault
from tests.support.loops import Counting, counted, prepare, produce, running, until
from tests.support.topics import make_again


def faults(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.subject, finding.what) for finding in findings if finding.is_fault]


@pytest.fixture
async def short(settings: Settings) -> Settings:
    """With topics, and a dedupe window within the retention of any Kafka that the tests run on."""
    await ensure_topics(settings)
    return replace(settings, dedupe_days=1)


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    made = await asyncpg.connect(settings.database_url)
    yield made
    await made.close()


@pytest.mark.parametrize("topic", [USAGE_EVENTS, ACCOUNT_EVENTS, USAGE_TOTALS, MESSAGES])
@pytest.mark.parametrize(
    ("name", "value", "subject"),
    [
        ("cleanup.policy", "compact", "compaction"),
        ("cleanup.policy", "compact,delete", "compaction"),
        ("retention.bytes", "1048576", "retention"),
        ("retention.ms", "60000", "retention"),
    ],
)
async def test_a_topic_that_is_kept_wrongly(
    short: Settings, topic: str, name: str, value: str, subject: str
) -> None:
    assert faults(await kafka.check(short)) == []
    admin = AIOKafkaAdminClient(bootstrap_servers=short.kafka_bootstrap_servers)
    await admin.start()
    await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, short.topic_prefix + topic, {name: value})]
    )
    await admin.close()
    # The broker that answers may hear of the change a moment later.
    await until(lambda: _finds(short))
    ((found, what),) = faults(await kafka.check(short))
    assert found == subject
    assert topic in what


async def _finds(settings: Settings) -> bool:
    return faults(await kafka.check(settings)) != []


async def test_a_recreated_topic(settings: Settings) -> None:
    assert settings.kafka_bootstrap_servers is not None
    await prepare(settings)
    await produce(settings, [("k", b"x")] * 5, partition=1)
    async with running(settings, Counting()):
        await until(lambda: _all(settings, 5))
    assert faults(await places.check(settings)) == []
    await make_again(settings.kafka_bootstrap_servers, settings.topic_prefix + USAGE_EVENTS, 4)
    ((subject, what),) = faults(await places.check(settings))
    assert subject == "places"
    assert what == (
        "ingest, usage.events 1: the topic ends at 0, but 5 is the next record to read: "
        "it was truncated or recreated"
    )
    await produce(settings, [("k", b"x")] * 9, partition=1)
    (finding,) = await places.check(settings)
    # The service reads it from the beginning as soon as it runs.
    assert (finding.is_fault, finding.warning) == (False, True)
    assert finding.what.startswith(
        "ingest, usage.events 1: the topic was deleted and created again: "
        "5 was the next record to read"
    )


async def _all(settings: Settings, number: int) -> bool:
    return sum((await counted(settings)).values()) == number


async def test_offsets_without_a_schema_are_left_to_another_check(
    settings: Settings, empty_database_url: str
) -> None:
    await ensure_topics(settings)
    assert await places.check(replace(settings, database_url=empty_database_url)) == []


async def test_a_database_that_is_well(database_url: str) -> None:
    assert faults(await postgres.check(database_url)) == []


async def test_a_schema_of_a_newer_version_is_a_warning_and_migrating_leaves_it_alone(
    database_url: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await connection.execute("update alembic_version set version_num = '9999_of_tomorrow'")
    findings = await postgres.check(database_url)
    assert faults(findings) == []
    (schema,) = [finding for finding in findings if finding.subject == "schema"]
    assert schema.warning
    assert "9999_of_tomorrow" in schema.what
    await upgrade(database_url)
    assert (
        await connection.fetchval("select version_num from alembic_version") == "9999_of_tomorrow"
    )
    await connection.execute("update alembic_version set version_num = '0001_loop'")
    assert faults(await postgres.check(database_url)) == [
        ("schema", f"at 0001_loop, this version has {head()}")
    ]


async def test_a_database_that_takes_no_writes(
    database_url: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    database = make_url(database_url).database
    await connection.execute(f"alter database {database} set default_transaction_read_only = on")
    assert faults(await postgres.check(database_url)) == [
        ("writing", "transactions are read-only (default_transaction_read_only)")
    ]


async def test_locks_that_are_held_for_long(
    database_url: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    assert faults(await room.locks(connection, 0)) == []
    idle = await asyncpg.connect(
        database_url, server_settings={"application_name": "somebody's console"}
    )
    try:
        await idle.execute("begin; lock table api_key in access exclusive mode")
        pid = idle.get_server_pid()
        ((subject, what),) = faults(await room.locks(connection, 0))
    finally:
        await idle.close()
    assert subject == "locks"
    assert what.startswith(
        f"process {pid} (somebody's console) has been idle in transaction for 0 s"
    )


async def test_a_role_without_connections_left(
    database_url: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    url = make_url(database_url)
    await connection.execute(
        f"create role {url.database}_few login password 'few' connection limit 0"
    )
    try:
        few = url.set(username=f"{url.database}_few", password="few").render_as_string(
            hide_password=False
        )
        (finding,) = await postgres.check(few)
    finally:
        await connection.execute(f"drop role {url.database}_few")
    assert finding.is_fault
    assert "too many connections" in finding.what
    assert finding.remedy == "raise max_connections, or stop other clients"


OLD, NEW = "old-secret-0123456789-abcdefghijkl", "new-secret-0123456789-abcdefghijkl"


async def test_secrets_that_cannot_be_read(
    settings: Settings, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    assert await secrets.check(settings) == []
    kept = Vault([OLD.encode()]).encrypt("{}", "channel/webhook")
    await connection.execute(
        "insert into channel (name, settings, secrets, created_at, updated_at) "
        "values ('webhook', '{}', $1, now(), now())",
        kept,
    )
    read, renewing, gone = [
        (await secrets.check(replace(settings, secret_key=key)))[0]
        for key in (OLD, f"{NEW},{OLD}", NEW)
    ]
    assert (read.is_fault, renewing.is_fault, gone.is_fault) == (False, False, True)
    assert "re-encrypts it" in renewing.what
    assert (
        gone.remedy
        == "append the old key to PLIMSOLL_SECRET_KEY (new,old), or set the channel again"
    )
    (elsewhere,) = await secrets.check(
        replace(settings, secret_key=None)
    )  # the services may have one
    assert (elsewhere.is_fault, elsewhere.warning) == (False, True)


async def test_accounts_that_are_parked_are_a_fault_with_a_remedy(settings: Settings) -> None:
    await prepare(settings)
    assert settings.database_url is not None
    assert faults(await accounts.check(settings.database_url)) == []
    async with running(settings, Counting(service="trigger", topics=(USAGE_TOTALS,))):
        await produce(
            settings, [("a1", b"bug"), ("a2", b"x"), ("a3", b"bug")], USAGE_TOTALS, partition=0
        )
        await until(lambda: _is_counted(settings, {"a2": 1}))
        # A record may arrive in a separate batch.
        await until(lambda: _says(settings, "2 accounts"))
        [(subject, what)] = faults(await accounts.check(settings.database_url))
    assert subject == "accounts"
    assert what.startswith("2 accounts, a1 first, parked in trigger since ")
    assert what.endswith(": handling: error: KeyError")


async def _says(settings: Settings, words: str) -> bool:
    assert settings.database_url is not None
    return any(words in what for _, what in faults(await accounts.check(settings.database_url)))


async def _is_counted(settings: Settings, expected: dict[str, int]) -> bool:
    return await counted(settings) == expected
