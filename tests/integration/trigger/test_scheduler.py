"""The durable timer fires once, whichever process runs it and however late."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.alerts.occasions import Undecided
from services.trigger.outcome import Outcome
from services.trigger.proposals import rulings
from services.trigger.proposals.judge import Judge
from services.trigger.purposes import Purpose
from services.trigger.scheduler import Scheduler
from services.trigger.tables import due
from services.trigger.tables.catalogs import Catalogs
from services.trigger.tables.due import Due
from services.trigger.timer_batches import Batches
from shared.loop.isolation import Failure
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.desk import DECEMBER, NOVEMBER, Desk, open_desk, until


class Rings(Judge):
    """Schedules nothing, records what fires."""

    def __init__(self) -> None:
        super().__init__(Catalogs())
        self.rung: list[tuple[str, str, dict[str, object]]] = []
        self.stumbles = 0

    @property
    def purposes(self) -> Sequence[Purpose]:
        return (Purpose("ring", self.ring),)

    async def ring(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        if self.stumbles and any(one.account == "a1" for one in taken):
            self.stumbles -= 1
            raise RuntimeError("stumbled")
        self.rung += [(one.account, one.purpose, dict(one.payload)) for one in taken]
        return Outcome()


async def plan(desk: Desk, account: str, purpose: str, at: datetime, **payload: object) -> None:
    async with transaction(desk.context.engine) as conn:
        await due.schedule(conn, account, purpose, at, payload)


async def test_one_moment_for_each_account_and_purpose(settings: Settings) -> None:
    rings = Rings()
    async with open_desk(settings, judgement=rings) as desk:
        await plan(desk, "a1", "ring", NOVEMBER, first=True)
        await plan(desk, "a1", "ring", desk.now + timedelta(days=1), second=True)
        await plan(desk, "a1", "ring:other", NOVEMBER)
        await plan(desk, "a2", "ring", NOVEMBER)
        await desk.due()
        assert sorted(rings.rung) == [("a1", "ring:other", {}), ("a2", "ring", {})]
        desk.at(desk.now + timedelta(days=1))
        await desk.due()
        assert rings.rung[-1] == ("a1", "ring", {"second": True})


async def test_what_a_newer_version_planned_is_left_to_it(settings: Settings) -> None:
    async with open_desk(settings) as desk:
        await plan(desk, "a1", "telepathy", NOVEMBER)
        await desk.due()
        assert [row.purpose for row in await desk.rows("select purpose from due")] == ["telepathy"]


async def test_a_failing_timer_is_postponed_and_holds_up_no_other(settings: Settings) -> None:
    rings = Rings()
    async with open_desk(settings, judgement=rings) as desk:
        for account in ("a0", "a1", "a2"):
            await plan(desk, account, "ring", NOVEMBER)
        rings.stumbles = 3
        stop = asyncio.Event()
        task = asyncio.create_task(Scheduler(desk.context, desk.watch).run(stop))
        await until(
            lambda: desk.rows(
                "select 1 from parked "
                "where account = 'a1' and lane = 'timer ring' and part = 'timer'"
            )
        )
        await until(lambda: _is_true(len(rings.rung) >= 2))
        assert {"a0", "a2"} <= {account for account, _, _ in rings.rung}
        desk.at(desk.now + timedelta(minutes=2))
        await until(lambda: _is_true(len(rings.rung) == 3))
        stop.set()
        await task
        assert await desk.rows("select 1 from due union all select 1 from parked") == []


class Slow(Rings):
    """PostgreSQL cancels its statement for a1: it takes too long."""

    async def ring(self, conn: AsyncConnection, taken: Sequence[Due], now: datetime) -> Outcome:
        if any(one.account == "a1" for one in taken):
            await conn.execute(text("set local statement_timeout = '20ms'"))
            await conn.execute(text("select pg_sleep(1)"))
        return await super().ring(conn, taken, now)


async def test_an_account_with_slow_statements_holds_up_no_other(settings: Settings) -> None:
    """It looks like PostgreSQL being unavailable."""
    rings = Slow()
    async with open_desk(settings, judgement=rings) as desk:
        for account in ("a0", "a1", "a2"):
            await plan(desk, account, "ring", NOVEMBER)
        stop = asyncio.Event()
        scheduler = Scheduler(desk.context, desk.watch)
        task = asyncio.create_task(scheduler.run(stop))
        await until(
            lambda: desk.rows("select 1 from parked where account = 'a1' and lane = 'timer ring'")
        )
        await until(lambda: _is_true(len(rings.rung) == 2))
        stop.set()
        await task
        assert scheduler.fault is None
        assert [row.account for row in await desk.rows("select account from due")] == ["a1"]


class Stumbling(Judge):
    """Fails to decide again about a1, and about any batch that contains it."""

    def __init__(self) -> None:
        super().__init__(Catalogs())
        self.decided: list[str] = []

    async def decide_again(
        self, conn: AsyncConnection, waiting: Mapping[str, Sequence[Undecided]], now: datetime
    ) -> Outcome:
        if "a1" in waiting:
            await conn.execute(text("set local statement_timeout = '20ms'"))
            await conn.execute(text("select pg_sleep(1)"))
        self.decided += sorted(waiting)
        return Outcome()


async def test_decisions_that_failed_are_made_beside_one_that_fails_again(
    settings: Settings,
) -> None:
    judgement = Stumbling()
    async with open_desk(settings, judgement=judgement) as desk:
        failures = {
            (account, rulings.LANE): Failure(rulings.LANE, KeyError())
            for account in ("a0", "a1", "a2")
        }
        async with transaction(desk.context.engine) as conn:
            await rulings.put_off(conn, failures, desk.now - timedelta(hours=1))
        stop = asyncio.Event()
        task = asyncio.create_task(Scheduler(desk.context, desk.watch).run(stop))
        await until(lambda: _is_true(sorted(judgement.decided) == ["a0", "a2"]))
        await until(lambda: desk.rows("select 1 from parked where account = 'a1' and attempts = 2"))
        stop.set()
        await task
        assert [row.account for row in await desk.rows("select account from parked")] == ["a1"]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=40)])
async def test_several_processes_end_a_period_once(settings: Settings, late: timedelta) -> None:
    async with open_desk(settings) as desk:
        await desk.opens("a0")
        accounts = [f"a{number}" for number in range(12)]
        for account in accounts[1:]:
            await desk("PUT", f"/v1/accounts/{account}", {"name": account}, want=201)
            await desk(
                "PUT",
                f"/v1/accounts/{account}/subscription",
                {"plan": "starter", "started_at": "2026-11-01T00:00:00Z"},
            )
        for account in accounts:
            await desk.counts("api_calls", 95, account=account)
        desk.at(DECEMBER + late)
        await asyncio.gather(
            *(_until_done(Scheduler(desk.context, desk.watch), desk.now) for _ in range(4))
        )
        assert len(await desk.closed()) == len(accounts)
        resolved = await desk.rows("select account from alert where resolution = 'reset'")
        assert sorted(row.account for row in resolved) == sorted(accounts)
        assert await desk.rows("select 1 from due where purpose = 'period'") == []


async def _is_true(found: bool) -> bool:
    return found


async def _until_done(scheduler: Scheduler, now: datetime) -> None:
    while await scheduler.fire(now, Batches(limit=5)):
        pass


async def test_the_test_clock_is_told_when_all_is_done(settings: Settings) -> None:
    async with open_desk(replace(settings, test_clock=True)) as desk:
        await desk.opens()
        await desk.counts("api_calls", 95)
        stop = asyncio.Event()
        task = asyncio.create_task(Scheduler(desk.context, desk.watch).run(stop))
        desk.at(DECEMBER)
        done = (
            "select 1 from app_state "
            "where key = 'done:trigger' and (value ->> 'at')::timestamptz >= :at"
        )
        await until(lambda: desk.rows(done, at=DECEMBER))
        assert (await desk.alerts())[95] == "resolved reset"
        stop.set()
        await task
