"""Old rows are deleted; open or waiting ones stay at any age, and so does what other rows need."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.ingest.pruning import RULES as INGEST
from services.notifier.pruning import RULES as NOTIFIER
from services.trigger.api.reports import kept_since
from services.trigger.proposals.reports import pruned
from services.trigger.pruning import RULES as TRIGGER
from shared.postgres.database import transaction
from shared.pruning import Pruner
from shared.runtime.context import Context, make_context
from shared.runtime.settings import Settings
from shared.telemetry import metrics

ACCOUNT = """
    insert into account (id, name, locale, time_zone, external_ids, created_at, updated_at)
    values ('a', 'A', 'en', 'UTC', '{}', :now, :now)
"""
ALERT = """
    insert into alert (id, account, meter, period_start, threshold, epoch, state, resolution,
        again, used, reached_at, resolved_at, notified, decision)
    values (:id, 'a', :id, 'epoch', '90', '1', :state, :resolution, false, 1, :now - :age,
        :now - :ended, true, :decision)
"""
DECISION = (
    "insert into decision (id, account, cause, at, outcome, body) "
    "values (:id, 'a', 'x', :now - :age, :outcome, '{}')"
)
FACT = """
    insert into fact (source, id, account, type, at, received_at, event)
    values ('/s', :id, 'a', 'login.recorded', :now - :age, :now - :age, '{}')
"""
OPPORTUNITY = """
    insert into opportunity (id, account, to_plan, stage, owner, owner_rule, reasons, currency,
        created_at, closed_at)
    values (:id, 'a', 'pro', :stage, '{}', 'OWN-1', '[]', 'USD', :now - :age, :now - :ended)
"""
TRIAL = """
    insert into trial (id, account, opportunity, features, limits, starts_at, ends_at, state,
        criteria)
    values (:id, 'a', 'o', '{}', '{}', :now - :age, :now - :ended, :state, '[]')
"""
WORK = """
    insert into task (id, account, type, reason, about, words, priority, state, owner_role,
        opened_at, due_at, closed_at, decision, revision)
    values (:id, 'a', 'risk', 'goal', :id, '{}', 'low',
        case when cast(:ended as interval) is null then 'open' else 'closed_success' end, 'cs',
        :now - :age, :now, :now - :ended, :id, 1)
"""
ENTRY = """
    insert into entry (id, account, kind, subject, seq, type, at, by_kind, by_id, body)
    values (:kind || :subject, 'a', :kind, :subject, 1, 'note', :now - :age, 'key', 'k', '{}')
"""
REJECTED = """
    insert into event_rejected (service, topic, partition, "offset", reason, at) values (:service,
        't', 0, :offset, 'r', :now - :age)
"""
NOTIFICATION = """
    insert into notification (id, key, recipient, account, kind, class, alert, facts, created_at)
    values (:id, :id, 'webhook', 'a', 'usage.threshold', 'notice', :alert, '{}', :now - :age)
"""
DELIVERY = """
    insert into delivery (id, notification, account, channel, lane, alert, task, state,
        deadline_at, created_at, ended_at)
    values (:id, :notification, 'a', :channel, :id, :alert, :task, :state, :now, :now - :age,
            case when :state in ('delivered', 'dead') then :now - :age end)
"""
ITEM = """
    insert into inbox_item (id, account, contact, alert, plain, created_at, created_seq,
        changed_seq)
    values (:id, 'a', 'c', :alert, false, :now - :age, :seq, :seq)
"""
TASK = """
    insert into crm_task (key, channel, account, purpose, opened_at, completed_at)
    values (:key, 'hubspot', 'a', 'usage', :now - interval '1300 days', :now - :done)
"""


@pytest.fixture
async def context(settings: Settings) -> AsyncIterator[Context]:
    made = make_context(settings, name="test")
    yield made
    await made.close()


async def _put(context: Context, statement: str, **given: object) -> None:
    """Ages are in days."""
    types = {name: "interval" for name in ("age", "ended", "done")} | {
        "now": "timestamptz",
        "seq": "bigint",
        "offset": "bigint",
    }
    typed = re.sub(
        r"(?<!:):([a-z]+)",
        lambda name: f"cast(:{name[1]} as {types.get(name[1], 'text')})",
        statement,
    )
    ages = {
        name: timedelta(days=value)
        for name, value in given.items()
        if isinstance(value, int) and types.get(name) == "interval"
    }
    async with transaction(context.engine) as conn:
        await conn.execute(text(typed), {"now": context.clock.now(), **given, **ages})


async def _left(context: Context, table: str, column: str = "id") -> set[object]:
    async with transaction(context.engine) as conn:
        return set((await conn.execute(text(f"select {column} from {table}"))).scalars())


async def test_what_the_trigger_keeps(context: Context) -> None:
    await _put(context, ACCOUNT)
    alert = {"state": "resolved", "resolution": "reset", "decision": "none"}
    await _put(context, ALERT, **alert, id="long over", age=1_300, ended=1_200)
    await _put(
        context, ALERT, **alert | {"decision": "of an alert"}, id="over lately", age=1_300, ended=10
    )
    await _put(
        context,
        ALERT,
        state="open",
        resolution=None,
        decision="of an open one",
        id="open",
        age=1_300,
        ended=None,
    )
    for id, outcome in {
        "old": "none",
        "of an alert": "notice",
        "of an open one": "notice",
        "failed": "failed",
    }.items():
        await _put(context, DECISION, id=id, outcome=outcome, age=1_300)
    await _put(context, DECISION, id="new", outcome="none", age=1_099)
    for id, age in {"old fact": 1_101, "new fact": 1_099}.items():
        await _put(context, FACT, id=id, age=age)
    for offset, (service, age) in enumerate([("trigger", 91), ("trigger", 89), ("ingest", 91)]):
        await _put(context, REJECTED, service=service, offset=offset, age=age)
    await Pruner(context, "trigger", TRIGGER).sweep(asyncio.Event())
    assert await _left(context, "alert") == {"over lately", "open"}
    assert await _left(context, "decision") == {"of an alert", "of an open one", "failed", "new"}
    assert await _left(context, "fact") == {"new fact"}
    assert await _left(context, "event_rejected", '"offset"') == {1, 2}
    await Pruner(context, "ingest", INGEST).sweep(asyncio.Event())
    assert await _left(context, "event_rejected", '"offset"') == {1}


async def test_a_trial_is_kept_for_a_while_after_its_end(context: Context) -> None:
    await _put(context, ACCOUNT)
    for id, state, ended in (
        ("over", "ended_met", 1_200),
        ("over lately", "ended_not_met", 10),
        ("not recorded yet", "active", 1_200),
    ):
        await _put(context, TRIAL, id=id, state=state, age=1_300, ended=ended)
    await Pruner(context, "trigger", TRIGGER).sweep(asyncio.Event())
    assert await _left(context, "trial") == {"over lately", "not recorded yet"}


async def test_the_log_of_an_opportunity_goes_with_it(context: Context) -> None:
    await _put(context, ACCOUNT)
    for id, stage, ended in (
        ("over", "closed_won", 1_200),
        ("over lately", "closed_lost", 10),
        ("open", "engaged", None),
    ):
        await _put(context, OPPORTUNITY, id=id, stage=stage, age=1_300, ended=ended)
        await _put(context, ENTRY, kind="opportunity", subject=id, age=1_300)
    await _put(context, WORK, id="over", age=1_300, ended=10)
    await _put(context, ENTRY, kind="task", subject="over", age=1_300)
    await Pruner(context, "trigger", TRIGGER).sweep(asyncio.Event())
    assert await _left(context, "opportunity") == {"over lately", "open"}
    assert await _left(context, "entry") == {
        "opportunityover lately",
        "opportunityopen",
        "taskover",
    }


async def test_the_log_of_a_task_goes_with_it_and_an_open_one_keeps_its_decision(
    context: Context,
) -> None:
    await _put(context, ACCOUNT)
    for id, ended in (("over", 1_200), ("over lately", 10), ("open", None)):
        await _put(context, DECISION, id=id, age=1_300, outcome="assisted")
        await _put(context, WORK, id=id, age=1_300, ended=ended)
        await _put(context, ENTRY, kind="task", subject=id, age=1_300)
    await Pruner(context, "trigger", TRIGGER).sweep(asyncio.Event())
    kept = {"over lately", "open"}
    assert await _left(context, "task") == kept
    assert await _left(context, "decision") == kept
    assert await _left(context, "entry") == {f"task{id}" for id in kept}


DELIVERIES = [
    ("long ago", "webhook", "delivered", None, None),
    ("given up", "webhook", "dead", None, None),
    ("waits", "webhook", "retrying", None, None),
    ("alert is open", "webhook", "delivered", "open", None),
    ("task is open", "hubspot", "delivered", None, "task still open"),
    ("task is done", "hubspot", "delivered", None, "task of long ago"),
]


async def test_what_the_notifier_keeps(context: Context) -> None:
    await _put(context, ACCOUNT)
    of_open = {"state": "open", "resolution": None, "decision": "d", "ended": None}
    await _put(context, ALERT, id="open", age=1_300, **of_open)
    await _put(context, TASK, key="task still open", done=None)
    await _put(context, TASK, key="task of long ago", done=1_200)
    for id, channel, state, alert, task in DELIVERIES:
        await _put(context, NOTIFICATION, id=id, alert=alert, age=1_300)
        await _put(
            context,
            DELIVERY,
            id=id,
            notification=id,
            channel=channel,
            state=state,
            alert=alert,
            task=task,
            age=1_300,
        )
    await _put(context, NOTIFICATION, id="lately", alert=None, age=1_099)
    for seq, (id, alert, age) in enumerate(
        [("item", None, 401), ("item of an open alert", "open", 1_200), ("new item", None, 399)]
    ):
        await _put(context, NOTIFICATION, id=id, alert=alert, age=1_300)
        await _put(context, ITEM, id=id, alert=alert, seq=seq, age=age)
    before = metrics.pruned_rows.labels("delivery")._value.get()
    await Pruner(context, "notifier", NOTIFIER).sweep(asyncio.Event())
    assert await _left(context, "delivery") == {"waits", "alert is open", "task is open"}
    assert await _left(context, "inbox_item") == {"item of an open alert", "new item"}
    assert await _left(context, "crm_task", "key") == {"task still open"}
    stay = {"waits", "alert is open", "task is open", "lately", "item of an open alert", "new item"}
    assert await _left(context, "notification") == stay
    assert metrics.pruned_rows.labels("delivery")._value.get() == before + 3


async def test_reports_say_what_was_pruned_under_another_setting_or_clock(context: Context) -> None:
    await _put(context, ACCOUNT)
    for id, age in (("old", 500), ("newer", 450), ("new", 1)):
        await _put(context, DECISION, id=id, age=age, outcome="none")
    short = replace(context, settings=replace(context.settings, keep_decisions=400))
    await Pruner(short, "trigger", TRIGGER).sweep(asyncio.Event())
    now = context.clock.now()
    async with context.engine.connect() as conn:
        kept = await kept_since(conn, context, "decisions", "facts")
    assert timedelta(days=449) < now - kept["decisions"] < timedelta(days=451)
    assert timedelta(days=1_099) < now - kept["facts"] < timedelta(days=1_101)
    context.clock.follow(timedelta(days=20 * 365))
    await Pruner(context, "trigger", TRIGGER).sweep(asyncio.Event())
    context.clock.follow(timedelta())
    assert await _left(context, "decision") == set()
    async with context.engine.connect() as conn:
        kept = await kept_since(conn, context, "decisions")
    assert [one["flag"] for one in pruned(now - timedelta(days=2), kept)] == ["pruned"]
    assert pruned(now, kept) == []


async def test_thousands_of_rows_go_in_pieces_and_by_one_process_at_a_time(
    context: Context,
) -> None:
    many = """
        insert into event_rejected (service, topic, partition, "offset", reason, at)
        select 'trigger', 't', 0, n, 'r', now() - interval '200 days' from generate_series(1,
            2500) as n
    """
    await _put(context, many.replace("now()", ":now"))
    await _put(context, REJECTED, service="trigger", offset=9_999, age=1)
    stopped = asyncio.Event()
    stopped.set()
    await Pruner(context, "trigger", TRIGGER).sweep(stopped)
    assert len(await _left(context, "event_rejected")) == 2_501
    async with transaction(context.engine) as conn:
        await conn.execute(text("select pg_advisory_xact_lock(7274619, hashtext('trigger'))"))
        await Pruner(context, "trigger", TRIGGER).sweep(asyncio.Event())
        assert len(await _left(context, "event_rejected")) == 2_501
    await Pruner(context, "trigger", TRIGGER).sweep(asyncio.Event())
    assert await _left(context, "event_rejected", '"offset"') == {9_999}
