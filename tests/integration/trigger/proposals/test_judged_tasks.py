"""Tasks that judgement and alerts open are logs: one life each, and what CRMs are told of it."""

from datetime import UTC, datetime
from typing import Any

from services.trigger.opportunities import tasks
from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.log.entries import By, Draft
from services.trigger.tables.process import tasks as task_rows
from shared.messages import Tell
from shared.postgres.database import lock_accounts, transaction
from tests.integration.trigger.proposals.conftest import Desk
from tests.support.catalogs import catalog

GB = 10**9
KATO = By("person", "u7")


async def shown(desk: Desk, where: str = "true") -> list[tuple[Any, ...]]:
    """Reason, about, state and priority, oldest first."""
    rows = await desk.rows(f"select * from task where {where} order by seq")
    return [(row["reason"], row["about"], row["state"], row["priority"]) for row in rows]


async def entries(desk: Desk, reason: str) -> list[str]:
    rows = await desk.rows(
        "select e.type from entry e join task t on t.id = e.subject "
        f"where e.kind = 'task' and t.reason = '{reason}' order by e.seq"
    )
    return [row["type"] for row in rows]


def copies(desk: Desk) -> list[tuple[str, int, str]]:
    """What CRMs were told: whose key, which revision, which state."""
    return [
        (one.task.key, one.task.revision, one.task.state)
        for one in desk.messages
        if isinstance(one, Tell) and one.task is not None
    ]


async def does(desk: Desk, about: str, type_: str, **body: Any) -> None:
    """As a person would."""
    async with transaction(desk.engine) as conn:
        await lock_accounts(conn, [desk.account])
        (task,) = [
            one
            for one in await task_rows.open_of(conn, [desk.account])
            if about in (one.reason, one.about)
        ]
        pages = tasks.Pages()
        pages.append(task, [Draft(type_, body)], KATO, desk.now)
        found = await tasks.store(conn, pages, desk.now)
    desk._sent(found)


async def test_bp_08_eighty_then_ninety_is_one_task_and_the_cure_ends_it(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.use("storage", 8 * GB)
    assert await shown(desk) == [("usage", "storage", "open", "low")]
    await desk.use("storage", 9 * GB)
    assert await shown(desk) == [("usage", "storage", "open", "medium")]
    (row,) = await desk.rows("select * from task")
    (deal,) = await desk.rows("select id from opportunity")
    newest = (await desk.decisions())[-1]["id"]
    assert (row["decision"], row["opportunity"], row["owner_id"]) == (newest, deal["id"], "u7")
    assert copies(desk) == [(row["id"], 1, "open"), (row["id"], 2, "open")]

    await does(desk, "usage", "snooze", snoozed_until="2026-10-01T00:00:00Z", reason="Away.")
    await desk.use("storage", 96 * GB // 10)
    assert await shown(desk) == [("usage", "storage", "snoozed", "high")]
    await desk.use("storage", 10 * GB)
    assert await shown(desk) == [("usage", "storage", "open", "high")], "nothing sleeps at 100 %"

    await does(desk, "usage", "close", outcome="success")
    told = len(copies(desk))
    await desk.use("storage", 5 * GB)
    assert len(copies(desk)) == told, "nobody is told of the end of what was ended before"
    assert await entries(desk, "usage") == [
        "opened",
        "raised",
        "snooze",
        "raised",
        "woken",
        "raised",
        "close",
    ]
    revisions = [revision for _, revision, _ in copies(desk)]
    assert revisions == [1, 2, 3, 4, 6, 7], "one message a transaction, none twice"


async def test_bp_08_a_person_closed_it_and_only_a_higher_threshold_reopens(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("starter")
    await desk.use("storage", 8 * GB)
    await does(desk, "usage", "close", outcome="no_success")
    await desk.use("storage", 9 * GB)
    assert await shown(desk) == [("usage", "storage", "open", "medium")]
    assert await entries(desk, "usage") == ["opened", "close", "reopened"]
    await desk.use("storage", 5 * GB)
    assert await shown(desk) == [("usage", "storage", "closed_no_success", "medium")]
    await desk.use("storage", 8 * GB)
    assert [one[2] for one in await shown(desk)] == ["closed_no_success", "open"], "a new chain"


async def test_a_remedy_ends_with_success_when_its_gate_clears(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-01-10")
    await desk.say("nps.responded", score=3, contact="c1")
    assert await shown(desk) == [("support_reinforcement", "dissatisfied", "open", "high")]
    await desk.say("nps.responded", score=10, contact="c1")
    assert await shown(desk) == [
        ("support_reinforcement", "dissatisfied", "closed_success", "high")
    ]
    assert [state for _, _, state in copies(desk)] == ["open", "closed_success"]


async def test_nobody_is_to_be_kept_who_has_left_until_they_come_back(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-11-16")
    await desk.pass_time(datetime(2025, 10, 20, tzinfo=UTC))
    await desk.say("nps.responded", score=3, contact="c1")
    await desk.say("cancel.intent")
    found = {one[0]: one[2] for one in await shown(desk)}
    assert found == dict.fromkeys(("review", "support_reinforcement", "retention"), "open")
    await desk.say("subscription.cancelled")
    assert {one[2] for one in await shown(desk)} == {"closed_no_success"}
    await desk.say("compliance.need", framework="SOC2", deadline="2026-12-15")
    assert len(await shown(desk)) == 3, "nor is it asked for again"
    assert await entries(desk, "retention") == ["opened", "closed"]
    await desk.later(days=1)
    await desk.subscribe("pro", started_at="2025-10-21T00:00:00Z")
    await desk.say("nps.responded", score=2, contact="c1")
    again = [one[:3] for one in await shown(desk)][3:]
    assert ("support_reinforcement", "dissatisfied", "open") in again


async def test_a_deal_that_is_won_ends_its_task_and_asks_to_put_it_to_use(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-03-16")
    await desk.use("seats", 24)
    await desk.say("team.growth", count=10, role="sales")
    (deal,) = await desk.rows("select id, to_plan from opportunity")
    plan = deal["to_plan"]
    usage = ("usage", "seats", "open", "high")
    assert await shown(desk) == [usage, ("opportunity", plan, "open", "high")]
    rows = await desk.rows("select opportunity, owner_role, owner_id from task")
    assert [tuple(row.values()) for row in rows] == [(deal["id"], "cs", "u7")] * 2
    await desk.later(hours=1)
    await desk.subscribe(plan, started_at="2024-03-16T00:00:00Z")
    assert (await shown(desk))[1:] == [
        ("opportunity", plan, "closed_success", "high"),
        ("implementation", "", "open", "medium"),
    ]
    await desk.later(days=31)
    assert ("satisfaction", plan, "open", "low") in await shown(desk)
    await desk.subscribe("pro", started_at="2024-03-16T00:00:00Z")
    assert ("satisfaction", plan, "closed_no_success", "low") in await shown(desk)


async def test_bp_10_a_full_meter_wakes_the_task_of_the_deal_that_takes_the_reason(
    desk: Desk,
) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-03-16")
    await desk.use("seats", 24)
    await desk.say("team.growth", count=10, role="sales")
    await does(desk, "opportunity", "snooze", snoozed_until="2026-10-01T00:00:00Z", reason="Away.")
    await desk.later(days=2)
    await desk.use("seats", 25)
    assert ("opportunity", "enterprise", "open", "high") in await shown(desk)
    assert "woken" in await entries(desk, "opportunity")
    newest = {key: state for key, _, state in copies(desk)}
    assert set(newest.values()) == {"open"}, "the CRM hears of it, too"

    key = (desk.account, "opportunity", "enterprise")
    async with transaction(desk.engine) as conn:
        for _ in range(2):
            owner = Owner("sales", "s1", "Mori")
            desk._sent(await tasks.hand_over(conn, key, owner, KATO, desk.now))
    assert (await entries(desk, "opportunity"))[-2:] == ["woken", "owner"]
    told = [one.task for one in desk.messages if isinstance(one, Tell) and one.task][-1]
    assert told.owner is not None
    assert (told.owner.role, told.owner.id) == ("sales", "s1")


async def test_a_review_is_over_when_the_renewal_is_past(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-11-16")
    await desk.pass_time(datetime(2025, 10, 20, tzinfo=UTC))
    found = [one[0] for one in await shown(desk)]
    assert found == ["review"], found
    await desk.pass_time(datetime(2025, 11, 16, 12, tzinfo=UTC))
    assert [one[2] for one in await shown(desk)] == ["open"]
    await desk.pass_time(datetime(2025, 11, 17, 12, tzinfo=UTC))
    assert [one[2] for one in await shown(desk)] == ["closed_no_success"]


async def test_nothing_is_told_of_a_closed_task_that_has_less_to_do_now(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await desk.open("pro", since="2024-03-16")
    await desk.use("seats", 24)
    await desk.say("nps.responded", score=10, contact="c1")
    await does(desk, "opportunity", "close", outcome="no_success")
    told = copies(desk)
    await desk.use("seats", 20)
    await desk.later(minutes=1)
    (deal,) = await desk.rows("select told from opportunity")
    assert deal["told"] == [["nps_high", ""]], "there is less to do"
    assert copies(desk) == told
    assert [one[2] for one in await shown(desk)] == ["closed_no_success"] * 2
