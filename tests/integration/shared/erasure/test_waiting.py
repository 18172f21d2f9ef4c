"""Data that waits when its account or contact is erased: parked, queued, in flight or rejected."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from plimsoll.checks import accounts
from services.ingest.erasure_steps import STEPS as INGEST
from services.ingest.tables import rejects
from services.ingest.tables.rejects import Filters
from services.notifier.addressing import Preferences
from services.notifier.erasure_steps import STEPS as NOTIFIER
from services.notifier.inbox import inbox
from services.notifier.store import views
from services.trigger.erasure_steps import STEPS as TRIGGER
from shared.erasure import eraser as erasing
from shared.erasure import requests as erasure
from shared.erasure.eraser import Eraser, Work
from shared.erasure.leftovers import Waiting
from shared.erasure.tombstones import account_hash
from shared.loop import parked_rows
from shared.postgres.database import create_engine, transaction
from shared.runtime.context import Context, make_context
from shared.runtime.settings import Settings
from tests.support.sweep import places_of

NOW = datetime(2026, 11, 29, tzinfo=UTC)
SERVICES = {"ingest": INGEST, "trigger": TRIGGER, "notifier": NOTIFIER}


@pytest.fixture
async def context(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Context]:
    monkeypatch.setattr(erasing, "_QUIET_SECONDS", 0.0)
    made = make_context(settings, name="test")
    yield made
    await made.close()


async def _run(context: Context, *statements: str, **given: Any) -> None:
    async with transaction(context.engine) as conn:
        for statement in statements:
            await conn.execute(text(statement), given)


async def _erase(context: Context, account: str, contact: str | None = None, **known: str) -> None:
    async with transaction(context.engine) as conn:
        await erasure.begin(conn, account, contact, known, NOW, 2)
    erasers = [Eraser(context, service, steps) for service, steps in SERVICES.items()]
    for _ in range(12):
        for eraser in erasers:
            await eraser.once()


async def _is_done(context: Context, account: str) -> bool:
    async with transaction(context.engine) as conn:
        row = await erasure.find(conn, account_hash(account))
    return row is not None and row.account is None


ASIDE = (
    """
    insert into parked (service, account, lane, kind, part, reason, traceback, since, attempts,
        next_attempt_at)
    select s, a, 'usage.events', 'parked', 'x', 'error: X', '', now(), 1, now()
    from unnest(array['ingest', 'trigger', 'notifier']) s, unnest(array['kanarie', 'other']) a
    """,
    """
    insert into parked_record (service, account, lane, partition, "offset", is_replay, key, value,
        "timestamp")
    select service, account, lane, 0, id, false, convert_to(account, 'UTF8'),
        convert_to('{"subject": "' || account || '"}', 'UTF8'), 0
    from parked
    """,
    """
    insert into outbox (service, topic, key, value)
    select service, 'plimsoll.messages', convert_to(account, 'UTF8'),
        convert_to('{"account": "' || account || '"}', 'UTF8') from parked
    """,
    """
    insert into event_rejected (service, topic, partition, "offset", reason, payload,
        payload_base64, headers, at, accounts)
    select s, 't', 0, r.n, 'json: x', r.payload, r.encoded,
        case when r.n = 6 then '{"ce_subject": "kanarie"}'::jsonb end, now(), r.accounts
    from unnest(array['ingest', 'trigger']) s,
         (values (1, '{"subject":"kanarie","x":', null, null::text[]),
                 (2, null,
                     encode(convert_to('{"subject":"kanarie",' || chr(1), 'UTF8'), 'base64'), null),
                 (3, '{"subject": "other"}', null, null),
                 (4, 'about kanarie', null, array['kanarie']),
                 (5, 'kanarie and others', null, array['other', 'kanarie']),
                 (6, null, null, null)) r(n, payload, encoded, accounts)
    """,
)  # fmt: skip


_KEPT = (
    """select "offset", reason, payload from event_rejected where service = 'trigger' order by 1"""
)


async def test_what_waits_for_an_account_goes_and_others_keep_theirs(context: Context) -> None:
    await _run(context, *ASIDE)
    others = await places_of(context.engine, "other")
    await _erase(context, "kanarie")
    assert await _is_done(context, "kanarie")
    assert await places_of(context.engine, "kanarie") == {}
    left = await places_of(context.engine, "other")
    assert {
        name: count for name, count in others.items() if name.startswith(("parked", "outbox"))
    } == {name: count for name, count in left.items() if name.startswith(("parked", "outbox"))}
    async with context.engine.connect() as conn:
        kept = (
            await conn.execute(
                text(
                    'select "offset", reason, payload from event_rejected '
                    "where service = 'trigger' order by 1"
                )
            )
        ).all()
    assert [(offset, reason.partition(":")[0], payload) for offset, reason, payload in kept] == [
        (1, "erased", None), (2, "erased", None), (3, "json", '{"subject": "other"}'),
        (4, "erased", None), (5, "erased", None), (6, "erased", None)
    ]  # fmt: skip


async def test_a_delivery_that_is_being_handed_over_is_waited_for_and_every_other_is_withdrawn(
    context: Context,
) -> None:
    await _run(
        context,
        """
        insert into notification (id, key, recipient, account, kind, class, facts, created_at)
        select n, n, 'webhook', 'kanarie', 'usage.threshold', 'notice', '{}', now()
            from unnest(array['waits', 'claimed', 'handed over']) n
        """,
        """
        insert into delivery (id, notification, account, channel, lane, state, in_doubt,
            lease_until, deadline_at, created_at)
        values ('waits', 'waits', 'kanarie', 'webhook', '1', 'queued', false, null, now(), now()),
               ('claimed', 'claimed', 'kanarie', 'webhook', '2', 'sending', false,
                   now() + interval '1 minute', now(), now()),
               ('handed over', 'handed over', 'kanarie', 'webhook', '3', 'sending', true,
                   now() + interval '1 minute', now(), now())
        """,
    )
    await _erase(context, "kanarie")
    async with context.engine.connect() as conn:
        assert list((await conn.execute(text("select id from delivery"))).scalars()) == [
            "handed over"
        ]
    assert not await _is_done(context, "kanarie")
    await _run(context, "update delivery set state = 'delivered', lease_until = null")
    await _erase(context, "kanarie")
    assert await _is_done(context, "kanarie")
    assert await places_of(context.engine, "kanarie") == {}


async def test_an_erasure_that_times_out_does_not_block_others(context: Context) -> None:
    """A statement that timed out may succeed later: it is retried, and the others go on now."""

    async def slow(conn: AsyncConnection, work: Work) -> int:
        if work.erasure.account == "first":
            await conn.execute(text("set local statement_timeout = '10ms'"))
            await conn.execute(text("select pg_sleep(10)"))
        return 0

    async with transaction(context.engine) as conn:
        for number, account in enumerate(("first", "second")):
            await erasure.begin(conn, account, None, {}, NOW + timedelta(seconds=number), 2)
    eraser = Eraser(context, "ingest", [slow])
    with capture_logs() as lines:
        for _ in range(3):
            await eraser.once()
    assert [one["log_level"] for one in lines if one["event"] == "erasure_failed"] == ["warning"]
    async with transaction(context.engine) as conn:
        assert [one.account for one in await erasure.pending(conn, "ingest")] == ["first"]


async def test_those_that_wait_hold_up_none_that_was_asked_for_later(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are: as many as are read together, and one that fails."""
    monkeypatch.setattr(erasure, "AT_ONCE", 2)

    async def step(_conn: AsyncConnection, work: Work) -> int:
        if work.erasure.account == "fails":
            raise RuntimeError
        return erasing.WAITS if work.erasure.account.startswith("waits") else 0

    asked = ["waits 1", "waits 2", "fails", "waits 3", "goes"]
    async with transaction(context.engine) as conn:
        for number, account in enumerate(asked):
            await erasure.begin(conn, account, None, {}, NOW + timedelta(seconds=number // 3), 2)
    eraser = Eraser(context, "ingest", [step])
    more = [await eraser.once() for _ in range(12)]
    assert more[:3] == [True, True, False]
    async with context.engine.connect() as conn:
        done = await conn.execute(text("select account from erasure where ingest_at is not null"))
        assert list(done.scalars()) == ["goes"]


async def test_what_was_gone_through_and_not_committed_is_gone_through_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away between the last statement of a piece and its commit."""
    monkeypatch.setattr(erasing, "_FIRST_PAUSE", 0.0)
    tell = json.dumps({"facts": {"admin": {"name": "Kanarie"}}}).encode()
    await _run(
        context,
        """
        insert into outbox (service, topic, key, value)
        values ('trigger', 'plimsoll.messages', convert_to('a', 'UTF8'), :tell)
        """,
        tell=tell,
    )
    async with transaction(context.engine) as conn:
        await erasure.begin(conn, "a", "c1", {"name": "Kanarie"}, NOW, 2)
    [outbox] = [step for step in TRIGGER if isinstance(step, Waiting) and step.table == "outbox"]
    failures = [ConnectionResetError()]

    async def breaks_off(conn: AsyncConnection, work: Work) -> int:
        found = await outbox(conn, work)
        if failures:
            raise failures.pop()
        return found

    eraser = Eraser(context, "trigger", [breaks_off])
    await eraser.once()
    assert (await places_of(context.engine, "kanarie")).keys() == {"erasure.known", "outbox.value"}
    await _looks(eraser)
    assert (await places_of(context.engine, "kanarie")).keys() == {"erasure.known"}


async def test_a_choice_that_comes_after_its_contact_is_gone_is_kept_nowhere(
    context: Context,
) -> None:
    """Who asks is looked at before; between the two an eraser may have gone through everything."""
    async with transaction(context.engine) as conn:
        assert (
            await inbox.prefer(conn, "kanarie", "c1", NOW, {"email_notice": False}) == Preferences()
        )
    assert await places_of(context.engine, "kanarie") == {}


async def test_steps_that_find_nothing_share_the_transaction_of_the_next_piece(
    context: Context,
) -> None:
    """So a last look is one transaction, and no piece holds its locks while others are deleted."""
    numbers, finds = list[int](), [0, 2, 0, 0]

    async def step(conn: AsyncConnection, _work: Work) -> int:
        numbers.append(
            (
                await conn.execute(
                    text("select cast(cast(pg_current_xact_id() as text) as bigint)")
                )
            ).scalar_one()
        )
        return finds.pop(0) if finds else 0

    async with transaction(context.engine) as conn:
        await erasure.begin(conn, "a", None, {}, NOW, 2)
    eraser = Eraser(context, "ingest", [step] * 4)
    await _looks(eraser)
    first, second, third, fourth, *last = numbers
    assert first == second < third == fourth
    assert len(last) == 4
    assert len(set(last)) == 1


_NOTIFIED = (
    """
    insert into notification (id, key, recipient, account, contact, kind, class, facts, created_at)
    select a || c, a || c, 'in_app', a, c, 'usage.threshold', 'notice', '{}', now()
    from unnest(array['kanarie', 'other']) a, unnest(array['c1', 'c2']) c
    """,
    """
    insert into delivery (id, notification, account, contact, channel, lane, state, ended_at,
        deadline_at, created_at)
    select id, id, account, contact, 'in_app', id, 'dead', now(), now(), now() from notification
    """,
)


async def test_what_is_being_erased_is_shown_no_more(context: Context) -> None:
    """Messages, deliveries and what rejected records held, until they are gone; of a contact what
    was theirs.
    """
    await _run(context, *_NOTIFIED, *ASIDE)
    async with transaction(context.engine) as conn:
        await erasure.begin(conn, "kanarie", None, {}, NOW, 2)
        await erasure.begin(conn, "other", "c1", {}, NOW, 3)
    async with transaction(context.engine) as conn:
        for account, found in (("kanarie", []), ("other", ["otherc2"]), (None, ["otherc2"])):
            told = await views.notifications(conn, account=account, cls=None, before=None, limit=9)
            sent = await views.deliveries(
                conn, account=account, state=None, channel=None, before=None, limit=9
            )
            assert ([one["id"] for one in told], [one["id"] for one in sent]) == (found, found)
        assert [
            await views.delivery(conn, id) is None for id in ("kanariec1", "otherc1", "otherc2")
        ] == [True, True, False]
        assert [await views.retry(conn, id, NOW) for id in ("kanariec1", "otherc1", "otherc2")] == [
            None,
            None,
            "in_app",
        ]
        rows = await rejects.page(conn, Filters(), None, 99)
        aside = await parked_rows.listed(conn, service=None, account=None, before=None, limit=9)
    assert {row.account for row in aside} == {"other"}
    assert {(row.offset, row.payload) for row in rows if row.offset in (4, 5)} == {
        (4, None),
        (5, None),
    }


@pytest.mark.parametrize("wrote", [False, True])
async def test_a_transaction_that_began_before_is_waited_for(
    context: Context, monkeypatch: pytest.MonkeyPatch, wrote: bool
) -> None:
    """It may already have checked who is erased, and may still write."""
    eraser = Eraser(context, "ingest", INGEST)
    async with transaction(context.engine) as old:
        await old.execute(text("create temporary table scratch (n int)" if wrote else "select 1"))
        async with transaction(context.engine) as conn:
            await erasure.begin(conn, "a", None, {}, NOW, 2)
        await _looks(eraser)
        assert await _is_pending(context)
        monkeypatch.setattr(erasing, "_READER_SECONDS", 0.0)
        await _looks(eraser)
        assert await _is_pending(context) is wrote
    await _looks(eraser)
    assert not await _is_pending(context)


@pytest.mark.parametrize("where", ["elsewhere", "later"])
async def test_other_transactions_are_not_waited_for(
    context: Context, empty_database_url: str, where: str
) -> None:
    eraser = Eraser(context, "ingest", INGEST)
    other = (
        create_engine(empty_database_url, name="test") if where == "elsewhere" else context.engine
    )
    async with transaction(context.engine) as conn:
        await erasure.begin(conn, "a", None, {}, NOW, 2)
    if where == "later":
        await eraser.once()
    async with transaction(other) as conn:
        await conn.execute(text("create temporary table scratch (n int)"))
        await _looks(eraser)
        assert not await _is_pending(context)
    await other.dispose()


async def _looks(eraser: Eraser) -> None:
    for _ in range(4):
        await eraser.once()


async def _is_pending(context: Context) -> bool:
    async with transaction(context.engine) as conn:
        return bool(await erasure.pending(conn, "ingest"))


async def test_doctor_finds_an_erasure_that_waits_for_a_service_and_names_no_one(
    context: Context, settings: Settings
) -> None:
    assert settings.database_url is not None
    async with transaction(context.engine) as conn:
        await erasure.begin(conn, "kanarie", None, {}, datetime.now(UTC) - timedelta(hours=2), 2)
    await _run(context, "update erasure set ingest_at = now()")
    [found] = [
        one for one in await accounts.check(settings.database_url) if one.subject == "erasure"
    ]
    assert found.what.startswith("1 erasure waits, the oldest since ")
    assert found.what.endswith(": trigger, notifier still with rows of it")
    assert "kanarie" not in found.what


async def test_what_waits_no_longer_names_the_contact(context: Context) -> None:
    tell = {
        "account": "a",
        "recipients": [{"contact": "c1"}, {"contact": "c2"}],
        "facts": {"admin": {"name": "Kanarie"}, "used": "1"},
    }
    fact = {"subject": "a", "data": {"contact": "c1", "comment": "kanarie says", "score": 3}}
    broken = b'{"who": "kanarie@example.com"'
    await _run(
        context,
        "insert into outbox (service, topic, key, value) "
        "values ('trigger', 'plimsoll.messages', convert_to('a', 'UTF8'), :tell)",
        """
        insert into parked_record (service, account, lane, partition, "offset", is_replay, value,
            "timestamp")
        values ('trigger', 'a', 'account.events', 0, 1, false, :fact, 0)
        """,
        """
        insert into event_rejected (service, topic, partition, "offset", reason, payload_base64,
            at, accounts)
        values ('trigger', 'account.events', 0, 7, 'json: x', :broken, now(), array['a'])
        """,
        tell=json.dumps(tell).encode(),
        fact=json.dumps(fact).encode(),
        broken=base64.b64encode(broken).decode(),
    )
    await _erase(context, "a", "c1", name="Kanarie", email="kanarie@example.com")
    assert await places_of(context.engine, "kanarie") == {}
    async with context.engine.connect() as conn:
        sent = json.loads((await conn.execute(text("select value from outbox"))).scalar_one())
        parked = json.loads(
            (await conn.execute(text("select value from parked_record"))).scalar_one()
        )
    assert [one["contact"][:7] for one in sent["recipients"]] == ["erased-", "c2"]
    assert (sent["facts"]["used"], parked["data"]["score"], parked["data"]["comment"]) == (
        "1",
        3,
        "",
    )
