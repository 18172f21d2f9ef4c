"""Migrations: a straight chain, safe while services run and while another process migrates."""

import asyncio
import json
from datetime import UTC, datetime

import msgspec
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from services.trigger.judgement.facts.record import Record
from shared.migrations import SchemaBehind, check, head, upgrade
from shared.migrations.run import _config, _scripts
from shared.postgres.database import create_engine, transaction

CHAIN = [
    "0001_loop",
    "0002_ingest",
    "0003_trigger",
    "0004_notifier",
    "0005_judgement",
    "0006_waiting_proposals",
]


def test_the_chain_is_straight_and_begins_with_the_loop() -> None:
    scripts: ScriptDirectory = _scripts()
    revisions = [script.revision for script in scripts.walk_revisions()][::-1]
    assert revisions[: len(CHAIN)] == CHAIN
    assert scripts.get_heads() == [head()]


async def test_processes_that_start_together_do_not_collide(empty_database_url: str) -> None:
    assert await asyncio.gather(*(upgrade(empty_database_url) for _ in range(3))) == [head()] * 3
    engine = create_engine(empty_database_url, name="test")
    async with transaction(engine) as conn:
        await check(conn)
        assert (await conn.execute(text("select name, value from revision"))).all() == [
            ("plans", 1)
        ]
    await engine.dispose()


async def test_a_database_with_no_or_an_old_schema_is_refused_with_what_to_do(
    empty_database_url: str, database_url: str
) -> None:
    empty, current = (
        create_engine(empty_database_url, name="test"),
        create_engine(database_url, name="test"),
    )
    with pytest.raises(SchemaBehind, match="no schema yet: run `plimsoll migrate`"):
        async with transaction(empty) as conn:
            await check(conn)
    async with transaction(current) as conn:
        await check(conn)
        await conn.execute(text("update alembic_version set version_num = '0001_loop'"))
        with pytest.raises(SchemaBehind, match=f"at 0001_loop, this version needs {head()}"):
            await check(conn)
        # a newer version has migrated: during a rolling deploy the old one continues
        await conn.execute(text("update alembic_version set version_num = '9999_future'"))
        await check(conn)
    await empty.dispose()
    await current.dispose()


async def test_a_table_that_is_in_use_is_waited_for_in_short_turns(empty_database_url: str) -> None:
    """Waiting for an exclusive lock makes everyone behind it wait: so each wait ends after a second
    and is retried.
    """
    engine = create_engine(empty_database_url, name="test")
    async with transaction(engine) as conn:
        await conn.execute(
            text("create table alembic_version (version_num varchar(32) primary key)")
        )
    holding = await engine.connect()
    await holding.execute(text("lock table alembic_version in share mode"))
    migrating = asyncio.create_task(upgrade(empty_database_url))
    waits = []
    for _ in range(25):
        await asyncio.sleep(0.1)
        waiting = (
            "select count(*) from pg_locks "
            "where not granted and relation = 'alembic_version'::regclass"
        )
        waits.append((await holding.execute(text(waiting))).scalar_one())
    assert not migrating.done()
    assert {0, 1} == set(waits)  # it releases the lock in between
    await holding.rollback()
    await holding.close()
    assert await migrating == head()
    await engine.dispose()


async def test_indexes_on_large_tables_are_built_concurrently_and_again_after_an_interruption(
    database_url: str,
) -> None:
    """It waits for a transaction that has written; others write meanwhile; an invalid index of an
    earlier attempt is rebuilt.
    """
    engine = create_engine(database_url, name="test")
    async with transaction(engine) as conn:
        await conn.execute(text("update alembic_version set version_num = '0008_facts'"))
        await conn.execute(
            text(
                "update pg_index set indisvalid = false "
                "where indexrelid = 'event_rejected_topic'::regclass"
            )
        )
    holding = await engine.connect()
    await holding.execute(_REJECT, {"offset": 1})
    config = _config()
    config.attributes["url"] = database_url
    migrating = asyncio.create_task(asyncio.to_thread(command.upgrade, config, "0013_list_indexes"))
    async with engine.connect() as conn:
        while not (await conn.execute(_WAITS)).scalar_one():
            assert not migrating.done()
            await conn.rollback()
            await asyncio.sleep(0.02)
    async with transaction(engine) as conn:
        await conn.execute(text("set local lock_timeout = '200ms'"))
        await conn.execute(_REJECT, {"offset": 2})
    assert not migrating.done()
    await holding.commit()
    await holding.close()
    await migrating
    async with transaction(engine) as conn:
        assert (
            await conn.execute(
                text("select indexrelid::regclass::text from pg_index where not indisvalid")
            )
        ).all() == []
        assert (await conn.execute(text("select count(*) from event_rejected"))).scalar_one() == 2
    await engine.dispose()


_REJECT = text(
    """
    insert into event_rejected (service, topic, partition, "offset", reason, at)
    values ('ingest', 'usage.events', 0, :offset, 'json', now())
    """
)
_OLD_OPEN = (
    "create unique index opportunity_open on opportunity (account, to_plan) where closed_at is null"
)
_WAITS = text(
    "select count(*) from pg_stat_activity "
    "where application_name like 'plimsoll-migrate%' and wait_event_type = 'Lock'"
)


TICKETS_OF_BEFORE = {
    "a": {
        "id": "a",
        "cls": "bug",
        "severity": "urgent",
        "opened_at": "2026-09-01T00:00:00Z",
        "closed_at": "2026-09-02T00:00:00Z",
    },
    "b": {"id": "b", "cls": "bug", "opened_at": "2026-09-01T00:00:00Z"},
}


async def test_a_ticket_that_was_opened_again_before_is_open_after_it(database_url: str) -> None:
    """The record of an older version kept only the first opening; the facts have all of them."""
    engine = create_engine(database_url, name="test")
    async with transaction(engine) as conn:
        await conn.execute(text("alter table opportunity drop column told"))
        before = _scripts().get_revision("0021_reasons").down_revision
        await conn.execute(
            text("update alembic_version set version_num = :before"), {"before": before}
        )
        for number, (ticket, type_, day) in enumerate(
            [("a", "opened", 1), ("a", "closed", 2), ("a", "opened", 3), ("b", "opened", 1)]
        ):
            await conn.execute(
                _FACT,
                {
                    "id": str(number),
                    "type": f"ticket.{type_}",
                    "at": datetime(2026, 9, day, tzinfo=UTC),
                    "ticket": ticket,
                },
            )
        await conn.execute(
            text("insert into account_record (account, body) values ('a1', cast(:body as jsonb))"),
            {"body": json.dumps({"tickets": TICKETS_OF_BEFORE})},
        )
    config = _config()
    config.attributes["url"] = database_url
    await asyncio.to_thread(command.upgrade, config, "0021_reasons")
    async with transaction(engine) as conn:
        record = msgspec.json.decode(
            (await conn.execute(text("select body::text from account_record"))).scalar_one(),
            type=Record,
        )
    assert record.tickets["a"].reopened_at == datetime(2026, 9, 3, tzinfo=UTC)
    assert record.tickets["a"].is_open
    assert record.tickets["b"].reopened_at is None
    await engine.dispose()


_FACT = text(
    """
    insert into fact (source, id, account, type, at, received_at, event)
    values ('/crm', :id, 'a1', :type, :at, :at, jsonb_build_object('data',
        jsonb_build_object('ticket', cast(:ticket as text))))
    """
)


async def test_csms_and_sellers_of_accounts_become_persons(database_url: str) -> None:
    """Both roles in one person, by the newest statement; one address is one person's."""
    engine = create_engine(database_url, name="test")
    async with transaction(engine) as conn:
        for id, day, csm, ae in _SERVED:
            await conn.execute(_ACCOUNT, {"id": id, "day": day, "csm": csm, "ae": ae})
        await conn.execute(text(PEOPLE_OF_ACCOUNTS))
        found = await conn.execute(
            text("select id, name, email, roles, active from person order by id")
        )
        assert [tuple(row) for row in found] == [
            ("u7", "Kato", "Kato@example.com", ["csm", "sales"], True),
            ("u8", "Mori", None, ["sales"], True),
        ]
    await engine.dispose()


async def test_tasks_and_their_copies_catch_up(database_url: str) -> None:
    """A copy without a log keeps the life that it had; one that was deleted there is not read."""
    engine = create_engine(database_url, name="test")
    async with transaction(engine) as conn:
        for id in ("t1", "t2", "t3"):
            await conn.execute(_TASK, {"id": id})
        for seq, type_ in enumerate(("opened", "reopened", "raised", "start"), 1):
            await conn.execute(_TASK_ENTRY, {"seq": seq, "type": type_})
        for id, seen in (("t1", None), ("t2", 1), ("unlogged", None)):
            await conn.execute(_COPY, {"id": id, "seen": seen})
        await conn.execute(text(RAISED))
        await conn.execute(text(READ))
        found = await conn.execute(text("select id, raised, reopened from task order by id"))
        assert [tuple(row) for row in found] == [("t1", 3, 2), ("t2", 1, 0), ("t3", 1, 0)]
        read = await conn.execute(text("select key from crm_task where next_read_at is not null"))
        assert read.scalars().all() == ["t1"]
    await engine.dispose()


RAISED = _scripts().get_revision("0033_task_lists").module.RAISED
READ = _scripts().get_revision("0035_crm_copies").module.READ
_TASK = text(
    """
    insert into task (id, account, type, reason, about, words, priority, state, owner_role,
        opened_at, due_at, revision)
    values (:id, 'a1', 'risk', 'goal', :id, '{}', 'low', 'open', 'cs', now(), now(), 1)
    """
)
_TASK_ENTRY = text(
    """
    insert into entry (id, account, kind, subject, seq, type, at, by_kind, by_id, body)
    values (:type, 'a1', 'task', 't1', :seq, :type, now(), 'plimsoll', 'judgement', '{}')
    """
)
_COPY = text(
    """
    insert into crm_task (key, channel, account, purpose, opened_at, external_id, seen_attempts)
    values (:id, 'hubspot', 'a1', 'remedy', now(), :id, :seen)
    """
)
PEOPLE_OF_ACCOUNTS = _scripts().get_revision("0025_process").module.PEOPLE_OF_ACCOUNTS
_SERVED = [
    ("a1", 1, '{"id": "u7", "name": "Kato-san"}', None),
    (
        "a2",
        2,
        '{"id": "u7", "name": "Kato", "email": "Kato@example.com"}',
        '{"id": "u8", "name": "Mori", "email": "kato@example.com"}',
    ),
    ("a3", 1, None, '{"id": "u7", "name": "Kato-san"}'),
]
_ACCOUNT = text(
    """
    insert into account (id, name, locale, time_zone, external_ids, created_at, updated_at, csm, ae)
    values (:id, :id, 'en', 'UTC', '{}', now(), make_timestamptz(2026, 9, :day, 0, 0, 0),
        cast(:csm as jsonb), cast(:ae as jsonb))
    """
)


@pytest.mark.parametrize(
    ("revision", "undone"),
    [
        ("0017_erasure", ["drop table erasure"]),
        (
            "0018_addresses",
            [
                "drop table refusal",
                "drop table contact_history",
                "alter table delivery drop column mailbox",
            ],
        ),
        (
            "0020_add_on_offers",
            ["alter index opportunity_open rename to opportunity_open_new", _OLD_OPEN],
        ),
        ("0021_reasons", []),
        ("0023_retention", []),
        ("0035_crm_copies", []),
        ("0025_process", [f"drop table {name}" for name in ("entry", "task", "trial", "person")]),
    ],
)
async def test_an_attempt_that_was_interrupted_is_repeated(
    database_url: str, revision: str, undone: list[str]
) -> None:
    """What a migration does outside its transaction already exists, and is repeated."""
    engine = create_engine(database_url, name="test")
    before = _scripts().get_revision(revision).down_revision
    async with transaction(engine) as conn:
        for statement in undone:
            await conn.execute(text(statement))
        await conn.execute(
            text("update alembic_version set version_num = :before"), {"before": before}
        )
    config = _config()
    config.attributes["url"] = database_url
    await asyncio.to_thread(command.upgrade, config, revision)
    async with transaction(engine) as conn:
        assert (
            await conn.execute(text("select version_num from alembic_version"))
        ).scalar_one() == revision
        assert (
            await conn.execute(
                text("select indexrelid::regclass::text from pg_index where not indisvalid")
            )
        ).all() == []
    await engine.dispose()
