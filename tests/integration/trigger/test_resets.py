"""Meters that reset in their own windows, whatever the billing period is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.trigger.tables import due
from shared.messages import Tell
from tests.support.desk import METERS, Desk, catalog, order, plan

DAY = timedelta(days=1)
FEBRUARY = datetime(2026, 1, 31, 15, tzinfo=UTC)
"""The first of the month in Tokyo, when the paid year begins."""
TODAY = datetime(2026, 11, 14, 15, tzinfo=UTC)
NOVEMBER, DECEMBER = datetime(2026, 10, 31, 15, tzinfo=UTC), datetime(2026, 11, 30, 15, tzinfo=UTC)


def counting(**resets: str) -> dict[str, Any]:
    """A catalogue whose counters reset this way; all allow 100."""
    counters = {
        key: {"event": key, "aggregation": "count", "reset": reset} for key, reset in resets.items()
    }
    limits = {"storage": "10 GB", "seats": 5} | dict.fromkeys(resets, 100)
    gauges = {key: meter for key, meter in METERS.items() if meter["reset"] == "never"}
    return catalog(
        *(plan(key, rank) | {"limits": limits} for key, rank in (("starter", 1), ("pro", 2))),
        meters=counters | gauges,
    )


async def opened(desk: Desk, **resets: str) -> None:
    yearly = order(started_at=FEBRUARY, interval="year")
    await desk.opens(catalog=counting(**resets), time_zone="Asia/Tokyo", subscription=yearly)


async def timers(desk: Desk) -> list[datetime]:
    return [
        row.at for row in await desk.rows("select at from due where purpose = 'period' order by at")
    ]


async def test_paid_by_the_year_limited_by_the_month(desk: Desk) -> None:
    """Alerts fire again each month; the year continues."""
    await opened(desk, api_calls="month", credits="period")
    await desk.counts("api_calls", 96, start=NOVEMBER, end=DECEMBER)
    assert await desk.told() == ["api_calls 95"]
    assert (await desk.meter("api_calls"))["period"] == {
        "start": "2026-10-31T15:00:00Z",
        "end": "2026-11-30T15:00:00Z",
    }
    assert (await desk.meter("credits"))["period"] == {
        "start": "2026-01-31T15:00:00Z",
        "end": "2027-01-31T15:00:00Z",
    }
    told = (await desk.messages())[-1]
    assert isinstance(told, Tell)
    assert msgspec.to_builtins(told.facts.period) == {
        "start": "2026-10-31T15:00:00Z",
        "end": "2026-11-30T15:00:00Z",
    }
    assert await timers(desk) == [DECEMBER]
    desk.at(DECEMBER)
    await desk.due()
    assert await desk.alerts() == {80: "superseded", 90: "superseded", 95: "resolved reset"}
    assert (await desk.meter("api_calls"))["used"] == 0
    assert (await desk.meter("api_calls", at="2026-11-15T00:00:00Z"))["used"] == 96
    assert [
        one["state"]
        for one in (await desk.meter("api_calls", at="2026-11-15T00:00:00Z"))["thresholds"]
    ] == [*("superseded", "superseded", "resolved", "armed")]
    await desk.counts("api_calls", 79, 80, start=DECEMBER, end=DECEMBER + 31 * DAY)
    assert await desk.told() == ["api_calls 95", "api_calls 80"]


async def test_each_of_many_ends_fires_once(desk: Desk) -> None:
    """A day, a week, a month and the billed year end in turn; only open alerts wait for it."""
    await opened(desk, daily="day", weekly="week", monthly="month", billed="period")
    ends = {
        "daily": TODAY + DAY,
        "weekly": FEBRUARY + 42 * 7 * DAY,
        "monthly": DECEMBER,
        "billed": datetime(2027, 1, 31, 15, tzinfo=UTC),
    }
    starts = {
        "daily": TODAY,
        "weekly": FEBRUARY + 41 * 7 * DAY,
        "monthly": NOVEMBER,
        "billed": FEBRUARY,
    }
    assert all(starts[key] <= desk.now < ends[key] for key in ends)
    for key, start in starts.items():
        await desk.hears(key, 100, revision=1, start=start, end=ends[key])
    assert await desk.told() == [f"{key} 100" for key in starts]
    left = list(ends)
    for key in list(ends):
        assert await timers(desk) == [ends[key]]
        desk.at(ends[key] - timedelta(minutes=1))
        await desk.due()
        assert len(await desk.closed()) == len(ends) - len(left)
        desk.at(ends[key])
        await desk.due()
        left.remove(key)
        assert [closed.meter for closed in await desk.closed()][-1] == key
        still = (await desk("GET", "/v1/alerts", params={"state": "open"}))["data"]
        assert sorted(alert["meter"] for alert in still) == sorted(left)
    assert await timers(desk) == []
    assert len(await desk.told()) == len(ends)


async def test_a_day_is_told_again_each_day_and_an_idle_one_costs_no_timer(desk: Desk) -> None:
    await opened(desk, calls="day")
    for number in range(3):
        desk.at(TODAY + number * DAY + timedelta(hours=1))
        await desk.due()
        await desk.hears(
            "calls",
            96,
            revision=number + 1,
            start=TODAY + number * DAY,
            end=TODAY + (number + 1) * DAY,
        )
    assert await desk.told() == ["calls 95"] * 3
    desk.at(TODAY + 3 * DAY + timedelta(hours=1))
    await desk.due()
    await desk.hears("calls", 10, revision=9, start=TODAY + 3 * DAY, end=TODAY + 4 * DAY)
    assert await timers(desk) == []
    assert await desk.alerts() == {80: "superseded", 90: "superseded", 95: "resolved reset"}


async def test_without_a_subscription_the_calendar_in_utc(desk: Desk) -> None:
    await desk("PUT", "/v1/catalog", counting(calls="week", exports="period", credits="year"))
    await desk(
        "PUT",
        "/v1/accounts/acct-42",
        {"name": "A", "locale": "en", "time_zone": "Asia/Tokyo"},
        want=201,
    )
    shown = {key: (await desk.meter(key))["period"] for key in ("calls", "exports", "credits")}
    assert shown == {
        "calls": {"start": "2026-11-09T00:00:00Z", "end": "2026-11-16T00:00:00Z"},
        "exports": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        "credits": {"start": "2026-01-01T00:00:00Z", "end": "2027-01-01T00:00:00Z"},
    }


async def test_a_changed_reset_ends_open_alerts_and_starts_again(desk: Desk) -> None:
    """Ingest moves the rows; alerts of the year end immediately, and those of the month fire once
    its total is there.
    """
    await opened(desk, calls="period")
    await desk.hears("calls", 96, revision=1, start=FEBRUARY, end=FEBRUARY + 365 * DAY)
    await desk("PUT", "/v1/catalog", counting(calls="month"))
    await desk.due()
    assert (await desk.alerts())[95] == "resolved reset"
    await desk.hears("calls", 85, revision=1, start=NOVEMBER, end=DECEMBER)
    assert await desk.told() == ["calls 95", "calls 80"]


@pytest.mark.parametrize("address", ["PUT /v1/catalog", "POST /v1/catalog:check"])
async def test_members_that_were_noted_once_cannot_be_counted_by_periods(
    desk: Desk, address: str
) -> None:
    users = {"event": "login", "aggregation": "unique", "value": "user", "reset": "never"}
    limits = {"limits": {"api_calls": 100, "storage": 1, "seats": 5, "users": 10}}

    def sold(reset: str) -> dict[str, Any]:
        meters = METERS | {"users": users | {"reset": reset}}
        return catalog(plan("starter", 1) | limits, plan("pro", 2) | limits, meters=meters)

    await desk("PUT", "/v1/catalog", sold("never"))
    method, path = address.split()
    refused = await desk(method, path, sold("month"), want=422)
    assert [error["path"] for error in refused["errors"]] == ["/meters/users/reset"]
    assert refused["errors"][0]["reason"].startswith("must stay never")
    assert (await desk("GET", "/v1/catalog"))["version"] == 1
    assert due.NOBODY not in [row.account for row in await desk.rows("select account from due")]

    without = catalog()
    await desk("PUT", "/v1/catalog", without)
    for again in (sold("month"), sold("month") | {"languages": ["en", "ja"]}):
        refused = await desk(method, path, again, want=422)
        assert [error["path"] for error in refused["errors"]] == ["/meters/users/reset"]
    counted = sold("never")
    counted["meters"]["users"] = {"event": "login", "aggregation": "count", "reset": "month"}
    await desk(method, path, counted, want=422)
    await desk("PUT", "/v1/catalog", sold("never"))
