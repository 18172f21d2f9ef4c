"""The numbers of the rules, end to end: events through Kafka and HTTP, three services, PostgreSQL,
and the API's answers.

The clock only moves forward, and all tests share it: those that need the present month come first.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.embedded import Addresses
from shared.runtime.settings import Settings
from tests.end_to_end.rows import DECEMBER, GB, Rows, running


@pytest.fixture(scope="module")
async def rows(
    stack: Addresses, module_database_url: str, module_topic_prefix: str
) -> AsyncIterator[Rows]:
    settings = Settings(
        database_url=module_database_url,
        kafka_bootstrap_servers=stack.kafka,
        topic_prefix=module_topic_prefix,
        admin_key=secrets.token_hex(24),
        secret_key=secrets.token_hex(24),
        port=0,
        test_clock=True,
    )
    async with running(settings) as found:
        yield found


async def test_row_1_exactly_eighty_percent(rows: Rows) -> None:
    one = await rows.account("row-1")
    await one.is_allowed("traffic", 10_000)
    await one.uses("traffic", 7_999)
    assert await one.alerts() == []
    await one.uses("traffic", 1)
    assert (await one.states(), await one.told(), await one.banner()) == ({80: "open"}, [80], [80])
    await one.uses("traffic", 1)
    assert (await one.states(), await one.told()) == ({80: "open"}, [80])


async def test_row_2_one_byte_below_ninety(rows: Rows) -> None:
    one = await rows.account("row-2")
    await one.uses("storage", 8_999_999_999)
    assert await one.states() == {80: "open"}
    await one.uses("storage", 9_000_000_000)
    assert (await one.states(), await one.told(), await one.banner()) == (
        {80: "superseded", 90: "open"},
        [80, 90],
        [90],
    )


async def test_row_3_one_message_for_all(rows: Rows) -> None:
    one = await rows.account("row-3")
    await one.uses("seats", 3)
    await one.uses("seats", 2)
    assert await one.states() == {80: "superseded", 90: "superseded", 95: "superseded", 100: "open"}
    assert (await one.told(), await one.banner()) == ([100], [100])


async def test_row_4_twenty_four_of_twenty_five(rows: Rows) -> None:
    one = await rows.account("row-4")
    await one.is_allowed("seats", 25)
    await one.uses("seats", 23)
    await one.uses("seats", 1)
    assert await one.states() == {80: "superseded", 90: "superseded", 95: "open"}
    assert await one.told() == [90, 95]
    (alert,) = await one.alerts(state="open")
    assert (alert["used"], alert["limit"], alert["percent"]) == (24, 25, 96)


async def test_row_5_exactly_the_limit(rows: Rows) -> None:
    one = await rows.account("row-5")
    await one.uses("traffic", 100)
    assert await one.told() == [100]


async def test_row_6_a_dip_within_the_margin(rows: Rows) -> None:
    one = await rows.account("row-6")
    for used in (9 * GB, 8_950_000_000, 9 * GB):
        await one.uses("storage", used)
    assert (
        len([alert for alert in await one.alerts() if alert["threshold"] == 90]),
        await one.told(),
    ) == (1, [90])


async def test_row_7_a_dip_below_the_margin(rows: Rows) -> None:
    one = await rows.account("row-7")
    for used in (9 * GB, 8_700_000_000, 9 * GB):
        await one.uses("storage", used)
    nineties = [
        (alert["state"], alert["resolution"])
        for alert in await one.alerts()
        if alert["threshold"] == 90
    ]
    assert nineties == [("resolved", "below"), ("open", None)]
    assert (await one.told(), await one.banner()) == ([90, 90], [90])


async def test_rows_8_and_9_a_raised_limit(rows: Rows) -> None:
    one = await rows.account("row-8")
    await one.uses("traffic", 96)
    await one.is_allowed("traffic", 110)
    assert await one.states() == {80: "superseded", 90: "resolved limit", 95: "resolved limit"}
    await rows.quiet()
    assert (await one.told(), await one.banner()) == ([95], [])
    await one.uses("traffic", 3)
    assert (await one.told(), await one.banner()) == ([95, 90], [90])
    (alert,) = await one.alerts(state="open")
    assert (alert["threshold"], alert["again"]) == (90, True)


async def test_row_10_a_lowered_limit_needs_no_event(rows: Rows) -> None:
    one = await rows.account("row-10")
    await one.is_allowed("traffic", 1_000)
    await one.uses("traffic", 600)
    assert await one.alerts() == []
    await one.is_allowed("traffic", 500)
    assert await one.states() == {80: "superseded", 90: "superseded", 95: "superseded", 100: "open"}
    await rows.quiet()
    assert await one.told() == [100]


async def test_row_13_a_correction_and_back(rows: Rows) -> None:
    one = await rows.account("row-13")
    await one.is_allowed("traffic", 10_000)
    await one.uses("traffic", 10_100)
    assert (await one.told(), await one.banner()) == ([100], [100])
    await one.uses("traffic", -500, correction=True)
    assert (await one.states())[100] == "resolved correction"
    assert await one.banner() == []
    await one.uses("traffic", 500)
    assert ((await one.states())[100], await one.told()) == ("resolved correction", [100])


async def _post(rows: Rows, event: dict[str, Any]) -> None:
    """Again if it is asked to, as clients do."""
    for _ in range(20):
        answer = await rows.http.post(
            "/v1/events", json=event, headers={"Content-Type": "application/cloudevents+json"}
        )
        if answer.status_code != 503:
            break
        await asyncio.sleep(float(answer.headers["Retry-After"]))
    assert answer.status_code == 202, answer.text


async def test_row_14_five_hundred_writers_and_duplicates(rows: Rows) -> None:
    one = await rows.account("row-14")
    now = await rows.now()
    events = [one.event("api.request", {}, now) for _ in range(500)]
    again = events[:150]

    async def write(event: dict[str, Any], over_http: bool) -> None:
        if over_http:
            await _post(rows, event)
        else:
            await one.sends([event])

    await asyncio.gather(
        *(write(event, number % 5 == 0) for number, event in enumerate([*events, *again]))
    )
    await rows.quiet()
    assert (await one.meter("calls"))["used"] == 500
    assert await one.states() == {80: "superseded", 90: "superseded", 95: "superseded", 100: "open"}
    told = Counter(await one.told())
    assert told[100] == 1
    assert max(told.values()) == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
async def test_row_16_small_limits(rows: Rows, limit: int) -> None:
    one = await rows.account(f"row-16-{limit}")
    await one.is_allowed("seats", limit)
    for used in range(1, limit + 1):
        before = len(await one.told())
        await one.uses("seats", 1)
        reached = [threshold for threshold in (80, 90, 95, 100) if used * 100 >= limit * threshold]
        assert (await one.told())[before:] == reached[-1:]


@pytest.mark.parametrize(
    ("anchor", "at", "start", "end"),
    [
        (
            "2025-01-31T15:00:00Z",
            "2025-08-13T00:00:00Z",
            "2025-07-31T15:00:00Z",
            "2025-08-31T15:00:00Z",
        ),
        (
            "2025-01-30T00:00:00Z",
            "2025-02-13T00:00:00Z",
            "2025-01-30T00:00:00Z",
            "2025-02-28T00:00:00Z",
        ),
    ],
)
async def test_row_17_monthly_periods(
    rows: Rows, anchor: str, at: str, start: str, end: str
) -> None:
    zone = "Asia/Tokyo" if "T15" in anchor else "UTC"
    one = await rows.account(
        f"row-17-{zone[:3]}", zone=zone, started=datetime.fromisoformat(anchor)
    )
    assert (await one.meter("traffic", at=at))["period"] == {"start": start, "end": end}


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2025-03-09", "2025-03-09T08:00:00Z", "2025-03-10T07:00:00Z"),
        ("2025-11-02", "2025-11-02T07:00:00Z", "2025-11-03T08:00:00Z"),
    ],
)
async def test_row_18_days_of_23_and_25_hours(rows: Rows, day: str, start: str, end: str) -> None:
    one = await rows.account(
        "row-18",
        zone="America/Los_Angeles",
        started=datetime(2025, 1, 1, 8, tzinfo=UTC),
        interval="day",
    )
    period = (await one.meter("traffic", at=f"{day}T20:00:00Z"))["period"]
    assert period == {"start": start, "end": end}


async def test_row_11_12_and_19_the_month_ends(rows: Rows) -> None:
    """Two accounts cross the end of the month together; an event exactly at its end counts in the
    next one, even if it arrives early.
    """
    counter, gauge = await rows.account("row-11"), await rows.account("row-12")
    await rows.move_clock(DECEMBER - timedelta(minutes=30))
    await counter.uses("traffic", 95)
    await gauge.uses("storage", 9 * GB)
    assert ((await counter.told()), (await gauge.told())) == ([95], [90])
    await counter.uses("traffic", 4, at=DECEMBER - timedelta(microseconds=1), quiet=False)
    await counter.uses("traffic", 90, at=DECEMBER)
    assert (await counter.told(), await counter.states(state="open")) == ([95], {95: "open"})
    await rows.move_clock(DECEMBER + timedelta(minutes=1))
    await rows.quiet()
    assert await counter.states(state="open") == {90: "open"}
    assert (await counter.told(), await counter.banner()) == ([95, 90], [90])
    december = [alert for alert in await counter.alerts() if alert["epoch"].startswith("2026-12")]
    assert [(alert["threshold"], alert["state"], alert["again"]) for alert in december] == [
        (80, "superseded", False),
        (90, "open", False),
    ]
    november = [
        alert["resolution"]
        for alert in await counter.alerts()
        if alert["epoch"].startswith("2026-11") and alert["threshold"] == 95
    ]
    assert november == ["reset"]
    assert (await counter.meter("traffic", at="2026-11-30T12:00:00Z"))["used"] == 99
    assert (await counter.meter("traffic"))["used"] == 90
    assert (await gauge.told(), await gauge.banner(), await gauge.states()) == (
        [90],
        [90],
        {80: "superseded", 90: "open"},
    )


async def test_row_15_the_whole_topic_once_more(rows: Rows) -> None:
    tables = (
        "usage_total",
        "usage_day",
        "alert",
        "meter_state",
        "decision",
        "notification",
        "delivery",
        "event_rejected",
        "subscription",
    )
    await rows.quiet()
    before = await rows.digest(*tables)
    assert before["alert"]
    await rows.replay()
    await asyncio.sleep(1.5)  # a running loop notices a rewind within a second
    await rows.quiet()
    assert await rows.digest(*tables) == before
