"""Concurrent events, limits and processes: the later sees the other, nothing is sent twice."""

import asyncio
import random
from collections import Counter

from services.trigger.alerts.watch import Watch
from services.trigger.handler import TriggerHandler
from services.trigger.tables.catalogs import Catalogs, lock_plans
from shared.postgres.database import transaction
from tests.support.desk import Desk, order

CALLS = "/v1/accounts/acct-42/limits/api_calls"


async def test_a_limit_that_changes_among_events_misses_nothing(desk: Desk) -> None:
    await desk.opens()
    dice = random.Random(7)

    async def count() -> None:
        for total in range(60, 106, 3):
            await desk.counts("api_calls", total)
            await asyncio.sleep(dice.random() / 100)

    async def change() -> None:
        for limit in (90, 130, 70, 110, 100):
            await desk("PUT", CALLS, {"limit": limit})
            await asyncio.sleep(dice.random() / 50)

    await asyncio.gather(count(), change())
    assert await desk.alerts(state="open") == {100: "open"}
    (row,) = await desk.rows("select used, alert_at, rearm_at from usage_total")
    assert (row.used, row.alert_at, row.rearm_at) == (105, None, 100)
    before = len(await desk.messages())
    await desk("PUT", CALLS, {"limit": "100"})
    assert len(await desk.messages()) == before


async def test_two_processes_hear_the_same_wake_up_and_one_speaks(desk: Desk) -> None:
    await desk.opens()
    handlers = [TriggerHandler(Watch(Catalogs(), desk.watch.judgement)) for _ in range(6)]

    async def hear(handler: TriggerHandler) -> None:
        other = Desk(desk.context, handler.watch, handler, desk.scheduler, desk.http)
        await other.hears("seats", 5, revision=1, end=None)

    await asyncio.gather(*map(hear, handlers))
    assert await desk.told() == ["seats 100"]
    assert len((await desk("GET", "/v1/alerts"))["data"]) == 4


async def test_orders_and_wake_ups_of_many_accounts_do_not_block_each_other(desk: Desk) -> None:
    """Locks are taken in the same order everywhere, so there are no deadlocks."""
    await desk.opens("a0")
    accounts = [f"a{number}" for number in range(8)]
    for account in accounts[1:]:
        await desk("PUT", f"/v1/accounts/{account}", {"name": account}, want=201)
        await desk(
            "PUT",
            f"/v1/accounts/{account}/subscription",
            {"plan": "starter", "started_at": "2026-11-01T00:00:00Z"},
        )

    async def hear(revision: int) -> None:
        other = Desk(desk.context, desk.watch, desk.handler, desk.scheduler, desk.http)
        for account in random.Random(revision).sample(accounts, len(accounts)):
            await other.hears("api_calls", 96, revision=revision, account=account)

    async def order(number: int) -> None:
        for account in random.Random(number).sample(accounts, len(accounts)):
            plan = random.Random(f"{number}{account}").choice(["starter", "pro"])
            await desk(
                "PUT",
                f"/v1/accounts/{account}/subscription",
                {"plan": plan, "started_at": "2026-11-01T00:00:00Z"},
            )

    await asyncio.gather(
        *(hear(number) for number in range(1, 4)), *(order(number) for number in range(3))
    )
    opened = Counter(
        alert["account"]
        for alert in (await desk("GET", "/v1/alerts", params={"state": "open", "limit": 500}))[
            "data"
        ]
    )
    assert set(opened.values()) <= {1}


async def test_waiting_for_the_lock_of_plans_does_not_use_up_the_connections(desk: Desk) -> None:
    """Erasures and orders of hundreds of accounts at the same time: one waits in the database, and
    others are answered.
    """
    await desk.opens()
    names = [f"many{number}" for number in range(30)]
    made = await desk(
        "POST", "/v1/accounts:batch", [{"id": name, "name": name} for name in (*names, "stays")]
    )
    assert made["created"] == 31
    async with transaction(desk.context.engine) as conn:
        await lock_plans(conn)
        waiting = [
            asyncio.ensure_future(desk("DELETE", f"/v1/accounts/{name}", want=202))
            for name in names
        ]
        for number in range(1, 20):
            body = order(quantity=number)
            waiting.append(
                asyncio.ensure_future(desk("PUT", "/v1/accounts/stays/subscription", body))
            )
        for _ in range(20):
            await asyncio.wait_for(desk("GET", "/v1/accounts/acct-42"), 3)
        assert not any(one.done() for one in waiting)
    await asyncio.gather(*waiting)
