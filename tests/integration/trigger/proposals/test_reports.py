"""Reports over many accounts and years (R-004, R-010, R-014, R-078, R-081)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.trigger.proposals import reports
from shared.messages import Tell
from tests.integration.trigger.proposals.conftest import Desk
from tests.support.catalogs import catalog
from tests.support.stories import NOW


async def rows_of(desk: Desk, statement: str, **values: Any) -> None:
    """Rows as years of operation would leave them."""
    async with desk.engine.begin() as conn:
        await conn.execute(text(statement), values)


_ACCOUNT = """
    insert into account (id, name, locale, time_zone, first_start, external_ids, created_at,
        updated_at)
    select 'b' || n, 'b' || n, 'en', 'UTC', :since, '{}', :since, :since from generate_series(1,
        100) n
"""
_SUBSCRIPTION = """
    insert into subscription (account, plan, catalog_version, started_at, interval, quantity,
        add_ons, revision, changed_at)
    select 'b' || n, case when n <= :pro then 'pro' else 'starter' end, 1, :since, 'month', 1,
        '{}', 1, :since
    from generate_series(1, 100) n
"""


@pytest.mark.parametrize(("pro", "expected"), [(60, (60.0, True)), (45, (45.0, False))])
async def test_r_004_share_of_a_hundred_customers_of_a_year_on_the_target_plan(
    desk: Desk, pro: int, expected: tuple[float, bool]
) -> None:
    await desk.apply(catalog("global"))
    await rows_of(desk, _ACCOUNT, since=NOW - timedelta(days=365))
    await rows_of(desk, _SUBSCRIPTION, since=NOW - timedelta(days=365), pro=pro)
    desk.account = "young"
    await desk.open("starter", since="2025-09-01")
    async with desk.engine.connect() as conn:
        found = await reports.plans(conn, catalog("global"), NOW, NOW - timedelta(days=90))
    (target,) = found["target"]
    assert (target["customers"], float(target["percent"]), target["majority"]) == (100, *expected)


async def test_r_014_sixty_of_a_hundred_reach_their_calls_in_the_first_month(desk: Desk) -> None:
    await desk.apply(catalog("global"))
    await rows_of(desk, _ACCOUNT, since=NOW - timedelta(days=100))
    await rows_of(desk, _SUBSCRIPTION, since=NOW - timedelta(days=100), pro=0)
    reached = """
        insert into alert (id, account, meter, period_start, threshold, epoch, state, again, used,
            "limit", reached_at, notified, decision)
        select 'a' || n, 'b' || n, 'api_calls', :at, '100', 'e', 'open', false, 10000, 10000, :at,
            true, 'd' || n
        from generate_series(cast(:first as int), cast(:last as int)) n
    """
    await rows_of(desk, reached, at=NOW - timedelta(days=80), first=1, last=50)
    await rows_of(desk, reached, at=NOW - timedelta(days=60), first=61, last=100)
    async with desk.engine.connect() as conn:
        assert (await reports.plans(conn, catalog("global"), NOW, NOW))["warnings"] == [], (
            "50 in the first month, 40 later"
        )
    await rows_of(desk, reached, at=NOW - timedelta(days=80), first=51, last=60)
    async with desk.engine.connect() as conn:
        (warning,) = (await reports.plans(conn, catalog("global"), NOW, NOW))["warnings"]
    assert warning == {
        "path": "/plans/starter/limits/api_calls",
        "reason": "possibly_arbitrary_limit: 60 of 100 accounts reach it within 30 days",
    }


@pytest.mark.parametrize(
    ("plan", "waited", "breached"),
    [
        ("pro", timedelta(hours=25), 1),
        ("enterprise", timedelta(hours=4), 0),
        ("enterprise", timedelta(hours=4, seconds=1), 1),
    ],
)
async def test_r_010_answers_are_held_against_the_promise_of_the_plan(
    desk: Desk, plan: str, waited: timedelta, breached: int
) -> None:
    await desk.apply(catalog("global"))
    await desk.open(plan)
    await desk.say("ticket.opened", NOW - timedelta(days=3), ticket="t1", class_="billing")
    await desk.say("ticket.answered", NOW - timedelta(days=3) + waited, ticket="t1")
    await desk.say("ticket.answered", NOW - timedelta(days=1), ticket="t1")
    async with desk.engine.connect() as conn:
        found = await reports.plans(conn, catalog("global"), NOW, NOW - timedelta(days=90))
    assert found["support"] == [{"plan": plan, "answered": 1, "sla_breached": breached}]


JUDGED = """
    insert into decision (id, account, cause, at, outcome, body)
    select :verdict || n, 'x', 'usage.threshold', :at, 'assisted', jsonb_build_object(
        'signals', jsonb_build_array('usage_limit'),
        'qualification', jsonb_build_object('verdict', cast(:verdict as text)))
    from generate_series(1, cast(:count as int)) n
"""


async def test_r_078_of_a_hundred_signals_the_shares_are_reported_and_the_disqualified_get_nothing(
    desk: Desk,
) -> None:
    """55 qualified, 25 to nurture, 20 disqualified; the last get nothing, whatever happens."""
    await desk.apply(catalog("global"))
    await desk.open("pro")
    await desk.say(
        "evidence.recorded",
        criterion="satisfaction",
        kind="interview",
        verdict="no",
        text="unhappy",
        said_by="c1",
    )
    await desk.use("seats", 24)
    await desk.say("compliance.need", framework="SOC2")
    disqualified = [one for one in await desk.decisions() if one["signals"]]
    assert [(one["outcome"], one["qualification"]["verdict"]) for one in disqualified] == [
        ("withheld", "not_yet")
    ] * 2
    assert [one for one in desk.messages if isinstance(one, Tell) and one.proposes] == []
    assert await desk.rows("select 1 from proposal") == []
    for verdict, count in (("qualified", 55), ("nurture", 25), ("not_yet", 18)):
        await rows_of(desk, JUDGED, verdict=verdict, count=count, at=NOW)
    async with desk.engine.connect() as conn:
        found = await reports.readiness(conn, NOW - timedelta(days=90))
    assert found == {
        "asked": 100,
        "qualified": 55,
        "needs_discovery": 0,
        "nurture": 25,
        "disqualified": 20,
    }


async def test_r_081_a_play_shows_how_satisfied_those_are_that_it_reached(desk: Desk) -> None:
    """Twenty accounts with a mean of 8.0 before the offer and 8.6 after it: +0.6."""
    await desk.apply(catalog("global"))
    said = """
        insert into fact (source, id, account, type, at, received_at, event)
        select '/nps', :name || n, 'b' || n, 'nps.responded', :at, :at,
               jsonb_build_object('data', jsonb_build_object('score',
                   case when n <= :high then :more else 8 end))
        from generate_series(1, 20) n
    """
    await rows_of(desk, said, name="before", at=NOW - timedelta(days=50), high=0, more=8)
    proposed = """
        insert into proposal (id, account, plan, at, channel, reason, counts, contacts, currency,
            decision)
        select 'p' || n, 'b' || n, 'pro', :at, 'message', 'renewal', true, '[]', 'USD', 'd'
            from generate_series(1, 20) n
    """
    await rows_of(desk, proposed, at=NOW - timedelta(days=40))
    await rows_of(desk, said, name="after", at=NOW - timedelta(days=10), high=12, more=9)
    await rows_of(desk, "insert into play (key, sent) values ('renewal', 20)")
    async with desk.engine.connect() as conn:
        (play,) = await reports.plays(conn, catalog("global").policy, NOW - timedelta(days=180))
    moved: Any = play["nps"]
    shown = {name: float(value) for name, value in moved.items()}
    assert (play["play"], play["sent"], play["paused"], shown) == (
        "renewal",
        20,
        None,
        {"before": 8.0, "after": 8.6, "delta": 0.6, "n": 20},
    )
