"""A plan that starts later waits; until its day the present one is in force, or none.

Over HTTP and by facts, judged by the clock.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import PlanMove
from services.trigger.outcome import Outcome
from services.trigger.proposals.judge import Judge
from services.trigger.scheduler import Scheduler
from services.trigger.tables.catalogs import Catalogs
from services.trigger.tables.present import Present
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.desk import ACCOUNT, NOVEMBER, Desk, catalog, open_desk, order, plan, until

ACCT = "/v1/accounts/acct-42"
SUBSCRIPTION, NEXT = f"{ACCT}/subscription", f"{ACCT}/next-subscription"
START = NOVEMBER + timedelta(days=17)
"""Three days after the desk's present."""
MINUTE = timedelta(minutes=1)
PLANS = catalog(plan("tiny", 1, api_calls=50), plan("starter", 2), plan("pro", 3, api_calls=1000))


def later(plan: str = "pro", start: datetime = START, **more: Any) -> dict[str, Any]:
    """In the same billing periods, so that counted usage stays where it is."""
    return order(plan, start, anchor="2026-11-01T00:00:00Z", **more)


async def by_http(desk: Desk, body: dict[str, Any]) -> None:
    await desk("PUT", SUBSCRIPTION, body)


async def by_fact(desk: Desk, body: dict[str, Any]) -> None:
    await desk.learns("subscription.changed", body)


async def by_batch(desk: Desk, body: dict[str, Any]) -> None:
    done = await desk("POST", "/v1/accounts:batch", [{"id": "acct-42", "subscription": body}])
    assert done["updated"] == 1


Says = Callable[[Desk, dict[str, Any]], Awaitable[None]]
every_door = pytest.mark.parametrize("says", [by_http, by_fact, by_batch])


async def opened(desk: Desk, *, subscribed: bool = True) -> None:
    await desk("PUT", "/v1/catalog", PLANS)
    await desk("PUT", ACCT, ACCOUNT, want=201)
    if subscribed:
        await desk("PUT", SUBSCRIPTION, order())


async def plans_of(desk: Desk) -> tuple[str | None, str | None]:
    """The plan in force and the waiting one."""
    found = await desk("GET", ACCT)
    return tuple(found[key] and found[key]["plan"] for key in ("subscription", "next_subscription"))


async def moves(desk: Desk) -> list[tuple[Any, ...]]:
    return [
        tuple(row)
        for row in await desk.rows("select from_plan, to_plan, at from plan_change order by id")
    ]


@every_door
async def test_the_present_plan_holds_until_then(desk: Desk, says: Says) -> None:
    await opened(desk)
    await desk.counts("api_calls", 96)
    (before,) = await desk.rows("select value from revision")
    await says(desk, later("pro"))
    for moment in (desk.now, START - MINUTE):
        desk.at(moment)
        await desk.due()
        assert await plans_of(desk) == ("starter", "pro")
        assert (await desk.alerts())[95] == "open"
        assert (await desk.meter("api_calls"))["limit"] == 100
        can = await desk("GET", f"{ACCT}/can", params={"meter": "api_calls", "amount": 20})
        assert (can["allowed"], can["limit"]) == (False, 100)
    assert await desk.rows("select value from revision") == [before], (
        "nothing has to be counted otherwise"
    )
    desk.at(START)
    await desk.due()
    assert await plans_of(desk) == ("pro", None)
    assert (await desk.alerts())[95] == "resolved limit"
    assert (await desk.meter("api_calls"))["limit"] == 1000
    assert (await moves(desk))[-1] == ("starter", "pro", START)
    assert await desk.told() == ["api_calls 95"]


@every_door
async def test_a_lower_plan_warns_on_its_day_and_once(desk: Desk, says: Says) -> None:
    await opened(desk)
    await desk.counts("api_calls", 60)
    await says(desk, later("tiny"))
    assert await desk.told() == []
    desk.at(START + timedelta(hours=5))
    await desk.due()
    await desk.due()
    assert await desk.told() == ["api_calls 100"]
    assert (await moves(desk))[-1] == ("starter", "tiny", START), (
        "also where nobody was here at that moment"
    )


@every_door
async def test_without_a_plan_nothing_holds_until_then(desk: Desk, says: Says) -> None:
    await opened(desk, subscribed=False)
    await says(desk, later("starter"))
    await desk.counts("api_calls", 96)
    await desk.counts("seats", 5)
    await desk.due()
    assert (await desk.alerts(), await desk.told()) == ({}, [])
    assert await plans_of(desk) == (None, "starter")
    await desk("GET", SUBSCRIPTION, want=404)
    shown = await desk("GET", NEXT)
    assert (shown["plan"], shown["starts_at"], shown["catalog_version"]) == (
        "starter",
        "2026-11-18T00:00:00Z",
        1,
    )
    usage = await desk("GET", f"{ACCT}/usage")
    assert usage["plan"] is None
    assert {meter["limit"] for meter in usage["meters"]} == {None}
    assert not (await desk("GET", f"{ACCT}/can", params={"meter": "api_calls"}))["allowed"]
    assert (await desk("GET", ACCT))["customer_since"] is None
    desk.at(START)
    await desk.due()
    assert sorted(await desk.told()) == ["api_calls 95", "seats 100"]
    assert (await desk("GET", ACCT))["customer_since"] == "2026-11-18T00:00:00Z"
    await desk("GET", NEXT, want=404)


async def test_a_moment_to_come_is_shown_with_what_holds_then(desk: Desk) -> None:
    await opened(desk)
    await desk.counts("seats", 4)
    await desk("PUT", SUBSCRIPTION, order("pro", START))
    for moment, limit, start in (
        (START - MINUTE, 100, "2026-11-01T00:00:00Z"),
        (START, 1000, "2026-11-18T00:00:00Z"),
    ):
        found = await desk.meter("api_calls", at=f"{moment:%Y-%m-%dT%H:%M:%SZ}")
        assert (found["limit"], found["period"]["start"]) == (limit, start)
    assert (await desk.meter("seats", at="2026-12-24T00:00:00Z"))["used"] == 4


async def test_said_again_it_changes_nothing_and_keeps_its_version(desk: Desk) -> None:
    await opened(desk)
    first = await desk("PUT", SUBSCRIPTION, later("pro"))
    stored = await desk.rows("select * from next_subscription")
    dearer = catalog(plan("tiny", 1), plan("starter", 2), plan("pro", 3, api_calls=2000))
    await desk("PUT", "/v1/catalog", dearer)
    assert await desk("PUT", SUBSCRIPTION, later("pro")) == first
    await desk("PUT", SUBSCRIPTION, order())
    assert await desk.rows("select * from next_subscription") == stored
    desk.at(START)
    await desk.due()
    assert (await desk.meter("api_calls"))["limit"] == 1000, "as it was sold"


async def test_another_replaces_it_and_its_day(desk: Desk) -> None:
    await opened(desk)
    await desk("PUT", SUBSCRIPTION, later("pro"))
    await desk("PUT", SUBSCRIPTION, later("tiny", START + timedelta(days=2)))
    assert await plans_of(desk) == ("starter", "tiny")
    desk.at(START)
    await desk.due()
    assert await plans_of(desk) == ("starter", "tiny")
    desk.at(START + timedelta(days=2))
    await desk.due()
    assert await plans_of(desk) == ("tiny", None)


async def test_a_change_of_what_holds_leaves_it_waiting(desk: Desk) -> None:
    await opened(desk)
    await desk("PUT", SUBSCRIPTION, later("pro"))
    await desk("PUT", SUBSCRIPTION, order(quantity=3))
    await desk("PUT", ACCT, ACCOUNT | {"time_zone": "Asia/Tokyo"})
    assert await plans_of(desk) == ("starter", "pro")
    await desk("PUT", SUBSCRIPTION, order("tiny"))
    assert await plans_of(desk) == ("tiny", "pro")
    desk.at(START)
    await desk.due()
    assert (await moves(desk))[-1][:2] == ("tiny", "pro")


TAKEN_BACK = [
    ("DELETE", NEXT, None, ("starter", None), ("starter", None)),
    ("DELETE", SUBSCRIPTION, None, (None, None), (None, None)),
    ("DELETE", f"{SUBSCRIPTION}?at=2026-11-16T00:00:00Z", None, ("starter", "pro"), ("pro", None)),
    ("DELETE", f"{SUBSCRIPTION}?at=2026-11-18T00:00:00Z", None, ("starter", "pro"), ("pro", None)),
    ("fact", "subscription.cancelled", {"next": True}, ("starter", None), ("starter", None)),
    ("fact", "subscription.cancelled", {}, (None, None), (None, None)),
    (
        "fact",
        "subscription.cancelled",
        {"at": "2026-11-16T00:00:00Z"},
        ("starter", "pro"),
        ("pro", None),
    ),
    ("fact", "subscription.renewed", {}, ("starter", "pro"), ("pro", None)),
]


@pytest.mark.parametrize(
    ("how", "what", "data", "now", "then"),
    TAKEN_BACK,
    ids=[f"{case[1][-20:]} {case[2]}" for case in TAKEN_BACK],
)
async def test_taken_back_cancelled_renewed(
    desk: Desk, how: str, what: str, data: Any, now: Any, then: Any
) -> None:
    await opened(desk)
    await by_fact(desk, later("pro"))
    for _ in range(2):
        await (desk.learns(what, data) if how == "fact" else desk(how, what, want=204))
    assert await plans_of(desk) == now
    await desk.replays()
    desk.at(START)
    await desk.due()
    assert await plans_of(desk) == then


async def test_one_that_starts_as_the_other_ends_is_a_change_of_plan(settings: Settings) -> None:
    """The old contract until the 18th, the new one from the 18th: nothing is sent again, and no new
    contract begins.
    """
    async with open_desk(settings, judgement=Judge(Catalogs())) as desk:
        await opened(desk)
        await desk.counts("seats", 5)
        await desk("DELETE", f"{SUBSCRIPTION}?at=2026-11-18T00:00:00Z", want=204)
        await desk("PUT", SUBSCRIPTION, later("pro"))
        desk.at(START)
        await desk.due()
        assert (await desk.alerts(meter="seats"))[100] == "open"
        assert (await desk.told()).count("seats 100") == 1
        assert (await moves(desk))[1:] == [("starter", "pro", START)]
        assert await desk.rows("select started_at from account_record") == [(NOVEMBER,)]


async def test_it_may_end_after_it_has_started(desk: Desk) -> None:
    await opened(desk)
    await desk("PUT", SUBSCRIPTION, later("pro"))
    await desk("DELETE", f"{SUBSCRIPTION}?at=2026-11-20T00:00:00Z", want=204)
    desk.at(START)
    await desk.due()
    assert await plans_of(desk) == ("pro", None)
    desk.at(START + timedelta(days=30))
    await desk.due()
    assert await plans_of(desk) == (None, None)
    assert (await moves(desk))[-2:] == [
        ("starter", "pro", START),
        ("pro", None, START + timedelta(days=2)),
    ]


async def test_it_starts_and_ends_while_every_process_is_down(desk: Desk) -> None:
    await opened(desk)
    await desk("PUT", SUBSCRIPTION, later("pro"))
    await desk("DELETE", f"{SUBSCRIPTION}?at=2026-11-20T00:00:00Z", want=204)
    desk.at(START + timedelta(days=30))
    await desk.due()
    assert await plans_of(desk) == (None, None)
    assert (await moves(desk))[-1][:2] == ("pro", None)


async def test_what_it_says_holds_before_the_timer_is_there(settings: Settings) -> None:
    """Every process was down at that moment.

    Usage counted before the timer fires is compared with the new plan, not the old one.
    """
    async with open_desk(settings) as desk:
        await opened(desk)
        await desk.counts("api_calls", 60)
        await desk("PUT", SUBSCRIPTION, later("pro"))
    async with open_desk(settings, now=START + timedelta(hours=3)) as desk:
        await desk.counts("api_calls", 99)
        assert (await plans_of(desk), await desk.told()) == (("pro", None), [])
        await desk("PUT", SUBSCRIPTION, later("pro", quantity=2))
        bought = [(None, "starter"), ("starter", "pro"), ("pro", "pro")]  # the last: a second unit
        assert [move[:2] for move in await moves(desk)] == bought
        await desk.due()
        assert (await plans_of(desk), len(await moves(desk))) == (("pro", None), len(bought))


async def test_one_that_an_older_version_took_for_running_waits_after_the_migration(
    desk: Desk,
) -> None:
    await opened(desk)
    await desk.counts("seats", 5)
    start, body = (
        datetime.now(UTC) + timedelta(days=300),
        "update subscription set started_at = :start, plan = 'pro'",
    )
    async with transaction(desk.context.engine) as conn:
        await conn.execute(text(body), {"start": start})
        for statement in import_module("shared.migrations.versions.0015_next_subscription").MOVES:
            await conn.execute(text(statement))
    desk.at(datetime.now(UTC))
    await desk.due()
    assert await plans_of(desk) == (None, "pro")
    assert (await desk.alerts())[100] == "resolved cancelled"
    desk.at(start)
    await desk.due()
    assert await plans_of(desk) == ("pro", None)


class Stumbles(Judge):
    """Killed just before the commit."""

    async def subscribed(
        self,
        conn: AsyncConnection,
        moves: Sequence[PlanMove],
        now: datetime,
        present: Present | None = None,
    ) -> Outcome:
        if any(one.after is not None and one.after.plan == "tiny" for one in moves):
            raise SystemExit
        return await super().subscribed(conn, moves, now, present)


async def test_killed_while_it_starts_it_starts_once(settings: Settings) -> None:
    async with open_desk(settings, judgement=Stumbles(Catalogs())) as desk:
        await opened(desk)
        await desk.counts("api_calls", 60)
        await desk("PUT", SUBSCRIPTION, later("tiny"))
        desk.at(START)
        with pytest.raises(SystemExit):
            await desk.due()
        assert await desk.rows("select plan from subscription") == [("starter",)]
    async with open_desk(settings, judgement=Judge(Catalogs()), now=START + MINUTE) as desk:
        await desk.due()
        await desk.due()
        assert await plans_of(desk) == ("tiny", None)
        assert (await desk.told()).count("api_calls 100") == 1
        assert len(await moves(desk)) == 2
        assert await desk.rows("select 1 from due where purpose = 'subscription_start'") == []


class Breaks(Judge):
    """Fails on what begins for one account."""

    async def subscribed(
        self,
        conn: AsyncConnection,
        moves: Sequence[PlanMove],
        now: datetime,
        present: Present | None = None,
    ) -> Outcome:
        if any(
            one.account == "acct-42" and one.after is not None and one.after.plan == "pro"
            for one in moves
        ):
            raise ValueError
        return await super().subscribed(conn, moves, now, present)


async def test_one_that_cannot_start_holds_up_no_other(settings: Settings) -> None:
    others = ["acct-41", "acct-43"]
    async with open_desk(settings, judgement=Breaks(Catalogs())) as desk:
        await opened(desk)
        for other in others:
            await desk("PUT", f"/v1/accounts/{other}", ACCOUNT, want=201)
        for account in (*others, "acct-42"):
            await desk("PUT", f"/v1/accounts/{account}/subscription", later("pro"))
        desk.at(START)
        stop = asyncio.Event()
        running = asyncio.create_task(Scheduler(desk.context, desk.watch).run(stop))
        await until(
            lambda: desk.rows(
                "select 1 from parked "
                "where account = 'acct-42' and lane = 'timer subscription_start'"
            )
        )
        await until(
            lambda: desk.rows(
                "select 1 from subscription where account <> 'acct-42' "
                "group by plan having count(*) = 2"
            )
        )
        stop.set()
        await running
        assert await desk.rows("select account from next_subscription") == [("acct-42",)]
    async with open_desk(
        settings, judgement=Judge(Catalogs()), now=START + timedelta(hours=1)
    ) as desk:
        while await desk.scheduler.fire(desk.now, parked=True):
            pass
        assert await plans_of(desk) == ("pro", None)
        assert (await moves(desk))[-1] == ("starter", "pro", START)


async def test_what_has_not_begun_is_no_contract_yet(settings: Settings) -> None:
    """Judgement uses neither a new contract, nor its prices, nor a renewal."""
    async with open_desk(settings, judgement=Judge(Catalogs())) as desk:
        await opened(desk, subscribed=False)
        await by_fact(desk, later("pro"))
        found = await desk("GET", ACCT)
        assert (found["suppressions"], found["renewal_date"]) == ([], None)
        assert await desk.rows("select 1 from due where purpose in ('renewal', 'usage_day')") == []
        desk.at(START)
        await desk.due()
        assert [one["gate"] for one in (await desk("GET", ACCT))["suppressions"]] == [
            "new_contract"
        ]
        assert (
            len(await desk.rows("select 1 from due where purpose in ('renewal', 'usage_day')")) == 2
        )


async def test_a_lower_plan_that_was_agreed_on_waits_in_the_same_place(settings: Settings) -> None:
    async with open_desk(settings, judgement=Judge(Catalogs())) as desk:
        await opened(desk, subscribed=False)
        await desk("PUT", SUBSCRIPTION, order("pro", quantity=2))
        await desk("POST", f"/v1/quotes/{await quoted(desk)}:accept")
        shown = (await desk("GET", ACCT))["next_subscription"]
        assert (shown["plan"], shown["starts_at"], shown["started_at"]) == (
            "starter",
            "2026-12-01T00:00:00Z",
            "2026-11-01T00:00:00Z",
        )
        await desk("PUT", SUBSCRIPTION, order("pro", quantity=7))
        desk.at(NOVEMBER + timedelta(days=30))
        await desk.due()
        now = await desk("GET", SUBSCRIPTION)
        assert (now["plan"], now["quantity"], now["started_at"]) == (
            "starter",
            7,
            "2026-11-01T00:00:00Z",
        )


async def test_a_lower_plan_goes_where_another_comes_and_does_not_drive_out_one_that_was_sold(
    settings: Settings,
) -> None:
    async with open_desk(settings, judgement=Judge(Catalogs())) as desk:
        await opened(desk, subscribed=False)
        await desk("PUT", SUBSCRIPTION, order("pro"))
        await desk("POST", f"/v1/quotes/{await quoted(desk)}:accept")
        await desk("PUT", SUBSCRIPTION, order("tiny"))
        assert await plans_of(desk) == ("tiny", None)
        await desk("PUT", SUBSCRIPTION, order("pro"))
        await desk("PUT", SUBSCRIPTION, later("pro", quantity=9))
        await desk("POST", f"/v1/quotes/{await quoted(desk)}:accept", want=409)
        assert await plans_of(desk) == ("pro", "pro")
        await desk("DELETE", NEXT, want=204)
        await desk("DELETE", f"{SUBSCRIPTION}?at=2026-11-20T00:00:00Z", want=204)
        await desk("POST", f"/v1/quotes/{await quoted(desk)}:accept", want=409)


async def quoted(desk: Desk) -> str:
    found = await desk("POST", f"{ACCT}/quotes", {"plan": "starter"}, want=201)
    assert found["due"] == "0.00"
    return str(found["id"])
