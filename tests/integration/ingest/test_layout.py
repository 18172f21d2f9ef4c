"""Which period usage is counted in, and how it moves when a subscription arrives or changes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ingest import periods
from tests.support.loops import until
from tests.support.usage import METERS, Usage, event, ingesting, stamp

HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=12)
"""A time in the window, at a full hour."""
MINUTE = timedelta(minutes=1)


def first_of_month(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


async def test_without_a_subscription_usage_is_counted_by_calendar_months_and_kept(
    usage: Usage,
) -> None:
    async with ingesting(usage):
        await usage.send(
            event("a", "traffic", HOUR, {"bytes": 5}),
            event("a", "seat.changed", HOUR, {"delta": 1}),
        )
        await usage.settled()
    assert await usage.periods("a", "traffic") == {stamp(first_of_month(HOUR)): 5}
    assert await usage.totals("a") == {"traffic": 5, "peak": 5, "seats": 1}
    rows = await usage.db.fetch("select meter, times, amounts from usage_unassigned order by meter")
    assert [
        (row["meter"], row["times"], [int(amount) for amount in row["amounts"]]) for row in rows
    ] == [
        ("peak", [HOUR], [5]),
        ("traffic", [HOUR], [5]),
    ]


async def test_a_subscription_takes_over_what_waited_event_by_event_within_a_second(
    usage: Usage,
) -> None:
    anchor = HOUR + 30 * MINUTE
    before, after = anchor - MINUTE, anchor
    async with ingesting(usage):
        await usage.send(
            event("a", "traffic", before, {"bytes": 5}), event("a", "traffic", after, {"bytes": 7})
        )
        await usage.send(
            event("a", "disk.measured", before, {"bytes": 50}),
            event("a", "disk.measured", after, {"bytes": 70}),
        )
        await usage.send(
            event("a", "login", before, {"user": "x", "device": "d"}),
            event("a", "login", after, {"user": "x", "device": "d"}),
        )
        await usage.send(
            *(
                event("a", "api.request", before + second * timedelta(seconds=20))
                for second in range(5)
            )
        )
        await usage.settled()
        await usage.subscribe("a", anchor, interval="day")
        started = asyncio.get_running_loop().time()
        await until(lambda: _moved(usage))
        assert asyncio.get_running_loop().time() - started < 8
    day = timedelta(days=1)
    assert await usage.periods("a", "traffic") == {stamp(anchor - day): 5, stamp(anchor): 7}
    assert await usage.periods("a", "peak") == {stamp(anchor - day): 5, stamp(anchor): 7}
    assert await usage.periods("a", "disk") == {stamp(anchor - day): 50, stamp(anchor): 70}
    assert await usage.periods("a", "users") == {stamp(anchor - day): 1, stamp(anchor): 1}
    assert await usage.periods("a", "devices") == {"1970-01-01T00:00:00Z": 1}
    assert await usage.periods("a", "api_calls") == {stamp(anchor - day): 3, stamp(anchor): 2}
    woken = [one for one in await usage.woken() if one["epoch"]]
    assert {(one["meter"], one["period"]["start"], one["used"]) for one in woken} >= {
        ("traffic", stamp(anchor), 7),
        ("disk", stamp(anchor), 70),
    }


async def _moved(usage: Usage) -> bool:
    return not await usage.db.fetchval("select count(*) from usage_unassigned")


@pytest.mark.parametrize("traffic_after", [False, True])
async def test_a_later_change_moves_whole_hours_with_every_aggregation(
    usage: Usage, traffic_after: bool
) -> None:
    """Noon to noon becomes half past noon to half past noon: the hour that begins at noon goes to
    the period before.
    """
    await usage.subscribe("a", HOUR, interval="day")
    sent: list[dict[str, Any]] = []
    for minutes, size in ((-70, 1), (10, 2), (50, 4), (70, 8)):
        time = HOUR + minutes * MINUTE
        sent += [
            event("a", "traffic", time, {"bytes": size}),
            event("a", "disk.measured", time, {"bytes": 100 - size}),
        ]
        sent += [
            event("a", "login", time, {"user": f"u{size % 4}", "device": "d"}),
            event("a", "api.request", time),
        ]
    async with ingesting(usage):
        await usage.send(*sent)
        await usage.settled()
        assert list((await usage.periods("a", "traffic")).values()) == [1, 14]
        await usage.subscribe("a", HOUR + 30 * MINUTE, interval="day")
        if traffic_after:  # the first batch moves what was there, and is counted exactly
            await usage.send(event("a", "traffic", HOUR + 31 * MINUTE, {"bytes": 16}))
        await until(lambda: _at(usage, HOUR + 30 * MINUTE), 5)
        await usage.settled()
    first, second = stamp(HOUR - timedelta(days=1) + 30 * MINUTE), stamp(HOUR + 30 * MINUTE)
    assert await usage.periods("a", "traffic") == {first: 7, second: 24 if traffic_after else 8}
    assert await usage.periods("a", "peak") == {first: 4, second: 16 if traffic_after else 8}
    assert await usage.periods("a", "disk") == {first: 96, second: 92}
    assert await usage.periods("a", "users") == {first: 3, second: 1}
    assert await usage.periods("a", "api_calls") == {first: 3, second: 1}


async def _at(usage: Usage, start: datetime) -> bool:
    return bool(
        await usage.db.fetchval("select count(*) from usage_total where period_start = $1", start)
    )


async def test_a_plan_change_within_the_same_periods_moves_nothing(usage: Usage) -> None:
    await usage.subscribe("a", HOUR)
    async with ingesting(usage):
        await usage.send(event("a", "traffic", HOUR + MINUTE, {"bytes": 5}))
        await usage.settled()
        before = await usage.digest()
        await usage.subscribe("a", HOUR)
        await until(lambda: _up_to_date(usage), 5)
        assert await usage.digest() == before


async def _up_to_date(usage: Usage) -> bool:
    return bool(
        await usage.db.fetchval(
            "select min(p.revision) >= (select value from revision where name = 'plans') "
            "from layout_progress p"
        )
    )


OTHERWISE: dict[str, tuple[str, str]] = {
    "api_calls": ("period", "month"),
    "traffic": ("month", "day"),
    "peak": ("period", "never"),
    "storage": ("never", "week"),
    "disk": ("week", "year"),
    "seats": ("never", "period"),
    "users": ("day", "never"),
    "devices": ("day", "week"),
    "good_calls": ("month", "month"),
}


def resetting(which: int) -> dict[str, Any]:
    return {key: METERS[key] | {"reset": resets[which]} for key, resets in OTHERWISE.items()}


def used_at_once(account: str) -> list[dict[str, Any]]:
    """Days apart, of every kind."""
    sent = []
    for number, days in enumerate((-9, -8, 0, 6)):
        time = HOUR + timedelta(days=days) + 7 * MINUTE
        sent += [
            event(account, "traffic", time, {"bytes": 2**number}),
            event(account, "disk.measured", time, {"bytes": number}),
        ]
        sent += [
            event(account, "storage.measured", time, {"bytes": 10 * number}),
            event(account, "api.request", time),
        ]
        sent += [
            event(account, "login", time, {"user": f"u{number % 3}", "device": f"d{number % 2}"})
        ]
        sent += [
            event(account, "seat.changed", time, {"delta": 3 - number}),
            event(account, "call", time, {"status": 200}),
        ]
    return sent


async def test_a_catalogue_by_which_meters_reset_otherwise_moves_the_usage_of_all(
    usage: Usage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is as if it had been counted that way from the start; it moves in pages, and
    another process that takes over continues.
    """
    monkeypatch.setattr(periods, "_MOST_TOTALS", 30)
    await usage.apply_catalog(resetting(0))
    kinds = ("yearly", "monthly", "nobody", *(f"nobody {number}" for number in range(8)))
    for when in ("before", "after"):
        await usage.subscribe(
            f"{when} yearly", HOUR - timedelta(days=100), interval="year", time_zone="Asia/Tokyo"
        )
        await usage.subscribe(
            f"{when} monthly", HOUR - timedelta(days=100, minutes=-30), time_zone="America/New_York"
        )
    async with ingesting(usage):
        await usage.send(*(one for kind in kinds for one in used_at_once(f"before {kind}")))
        await usage.settled()
        await usage.apply_catalog(resetting(1))
        await until(lambda: _walks(usage), 20)
    async with ingesting(usage):
        await until(lambda: _walked(usage), 20)
        await usage.send(*(one for kind in kinds for one in used_at_once(f"after {kind}")))
        await usage.settled()
    assert await usage.totals("before yearly") == await usage.totals("after yearly")
    for kind in kinds:
        assert await laid_out(usage, f"before {kind}") == await laid_out(usage, f"after {kind}")


async def test_a_catalogue_that_is_taken_back_before_all_is_moved_leaves_nothing_in_its_periods(
    usage: Usage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of some accounts the usage was moved by it, and of others events were counted by it."""
    await usage.apply_catalog(resetting(0))
    everyone = [f"account {number}" for number in range(12)]
    monkeypatch.setattr(periods, "_MOST_TOTALS", 30)
    async with ingesting(usage):
        await usage.send(*(one for account in everyone for one in used_at_once(account)))
        await usage.settled()
        await until(lambda: _walked(usage), 20)
        walks_on = periods.Layout._walk_on
        monkeypatch.setattr(periods.Layout, "_walk_on", _stays)
        await usage.apply_catalog(resetting(1))
        await usage.send(*(event(account, "traffic", HOUR, {"bytes": 5}) for account in everyone))
        await usage.settled()
        assert not await _walked(usage)
        await usage.apply_again(usage.version - 1)
        monkeypatch.setattr(periods.Layout, "_walk_on", walks_on)
        await until(lambda: _walked(usage), 20)
        await usage.send(
            *(
                one
                for one in [*used_at_once("fresh"), event("fresh", "traffic", HOUR, {"bytes": 5})]
            )
        )
        await usage.settled()
    for account in everyone:
        assert await laid_out(usage, account) == await laid_out(usage, "fresh")


async def _stays(
    _layout: periods.Layout,
    _turn: object,
    _owned: object,
    _meters: object,
    after: str,
    _resets: object,
) -> str:
    await asyncio.sleep(periods._WALK_SECONDS)
    return after


async def laid_out(usage: Usage, account: str) -> list[tuple[Any, ...]]:
    totals = (
        "select meter, period_start, period_end, used from usage_total "
        "where account = $1 order by 1, 2"
    )
    members = (
        "select meter, period_start, day, hours from unique_member "
        "where account = $1 order by 1, 2, 3, 4"
    )
    waiting = (
        "select meter, unnest(times) from usage_unassigned "
        "where account = $1 and meter in ('api_calls', 'traffic', 'disk') order by 1, 2"
    )
    return [
        tuple(row)
        for query in (totals, members, waiting)
        for row in await usage.db.fetch(query, account)
    ]


async def _walks(usage: Usage) -> bool:
    """In transit, or already there."""
    return bool(
        await usage.db.fetchval(
            "select count(*) from layout_progress "
            "where walked <> '' or catalog = (select max(revision) from catalog)"
        )
    )


async def _walked(usage: Usage) -> bool:
    return bool(
        await usage.db.fetchval(
            "select min(catalog) = (select max(revision) from catalog) from layout_progress"
        )
    )


async def test_the_time_zone_decides_where_a_day_begins(usage: Usage) -> None:
    midnight = HOUR.replace(hour=0)
    await usage.subscribe(
        "tokyo", midnight - timedelta(days=1, hours=9), interval="day", time_zone="Asia/Tokyo"
    )
    async with ingesting(usage):
        await usage.send(
            *(
                event("tokyo", "traffic", midnight.replace(hour=hour), {"bytes": hour})
                for hour in (14, 15)
            )
        )
        await usage.settled()
        assert list((await usage.periods("tokyo", "traffic")).values()) == [14, 15]
        await usage.subscribe(
            "tokyo", midnight - timedelta(days=1), interval="day", time_zone="UTC"
        )
        await until(lambda: _at(usage, midnight), 5)
    assert await usage.periods("tokyo", "traffic") == {stamp(midnight): 29}


async def test_the_end_of_a_period_belongs_to_the_next(usage: Usage) -> None:
    await usage.subscribe("a", HOUR, interval="day")
    just = timedelta(microseconds=1)
    end = HOUR + timedelta(days=1)
    async with ingesting(usage):
        await usage.send(
            *(
                event("a", "traffic", time, {"bytes": size})
                for time, size in ((end - just, 1), (end, 2), (end + just, 4))
            )
        )
        await usage.settled()
    assert await usage.periods("a", "traffic") == {stamp(HOUR): 1, stamp(end): 6}


async def test_an_account_whose_periods_cannot_be_worked_out_holds_nobody_up(usage: Usage) -> None:
    """Its usage is moved once they can be computed; all others are moved within a second, and
    events it sends meanwhile wait in order.
    """
    anchor = HOUR + 30 * MINUTE
    async with ingesting(usage):
        for account in ("broken", "well"):
            await usage.send(
                event(account, "traffic", anchor - MINUTE, {"bytes": 5}),
                event(account, "traffic", anchor, {"bytes": 7}),
            )
        await usage.settled()
        await usage.subscribe("broken", anchor, interval="day", time_zone="No/Where")
        await usage.subscribe("well", anchor, interval="day")
        day, before = stamp(anchor), stamp(anchor - timedelta(days=1))
        await until(lambda: _periods_are(usage, "well", {before: 5, day: 7}), 5)
        aside = "select service, account, lane, part from parked"
        await until(lambda: _found(usage, aside), 5)
        assert [tuple(row) for row in await usage.db.fetch(aside)] == [
            ("ingest", "broken", "periods", "periods")
        ]
        await usage.send(
            event("broken", "traffic", anchor, {"bytes": 2}),
            event("well", "traffic", anchor, {"bytes": 2}),
        )
        await until(lambda: _periods_are(usage, "well", {before: 5, day: 9}), 10)
        await usage.db.execute("update account set time_zone = 'UTC' where id = 'broken'")
        await usage.subscribe("broken", anchor, interval="day")
        await until(lambda: _periods_are(usage, "broken", {before: 5, day: 9}), 20)
        await until(
            lambda: _nothing(usage, "select 1 from parked union all select 1 from parked_record"),
            20,
        )


async def _periods_are(usage: Usage, account: str, expected: dict[str, Any]) -> bool:
    return await usage.periods(account, "traffic") == expected


async def _found(usage: Usage, query: str) -> bool:
    return bool(await usage.db.fetch(query))


async def _nothing(usage: Usage, query: str) -> bool:
    return not await usage.db.fetch(query)
