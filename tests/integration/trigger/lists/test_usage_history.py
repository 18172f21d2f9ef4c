"""`GET /v1/accounts/{account}/usage/history`: totals, limits, alerts and plan changes over time."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.values.moments import iso
from tests.support.desk import DECEMBER, NOVEMBER, Desk, catalog, order, plan

NOW = NOVEMBER + timedelta(days=9, hours=12, minutes=30)
PATH = "/v1/accounts/acct-42/usage/history"


async def hours(desk: Desk, meter: str, aggregation: str, *recorded: tuple[datetime, int]) -> None:
    for at, value in recorded:
        await desk.rows(
            f"insert into usage_day (account, meter, day, aggregation, h{at.hour:02}) "
            f"values ('acct-42', :meter, :day, :aggregation, :value) "
            f"on conflict (account, meter, day) do update set h{at.hour:02} = :value "
            "returning account",
            meter=meter,
            day=at.date(),
            aggregation=aggregation,
            value=Decimal(value),
        )


def at(day: int, hour: int = 0) -> datetime:
    return NOVEMBER + timedelta(days=day - 1, hours=hour)


async def asked(desk: Desk, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = await desk("GET", PATH, params=query)
    return found


def column(found: dict[str, Any], name: str) -> list[Any]:
    return [one[name] for one in found["data"]]


async def test_a_counter_by_day_and_by_hour(desk: Desk) -> None:
    desk.at(at(1))
    await desk.opens(catalog=catalog(plan("starter", 1), plan("pro", 2, api_calls=200)))
    desk.at(at(5, 9))
    await desk.counts("api_calls", 80)
    await hours(desk, "api_calls", "count", (at(3, 7), 30), (at(5, 9), 50))
    desk.at(at(7, 10))
    await desk("PUT", "/v1/accounts/acct-42/subscription", order("pro"))
    await desk("PUT", "/v1/accounts/acct-42/limits/api_calls", {"limit": 300})
    desk.at(at(9, 6))
    await desk("DELETE", "/v1/accounts/acct-42/limits/api_calls", want=204)
    desk.at(NOW)
    await desk.counts("api_calls", 95)
    await hours(desk, "api_calls", "count", (at(10, 12), 15))
    found = await asked(desk, meter="api_calls", **{"from": "2026-10-31"})
    assert (found["meter"], found["unit"]) == ("api_calls", "call")
    assert column(found, "at") == [iso(at(day)) for day in range(0, 11)]
    assert column(found, "used") == [None, None, None, 30, 30, 80, 80, 80, 80, 80, 95]
    assert column(found, "limit") == [None, *[100] * 6, 300, 300, 200, 200]
    assert found["thresholds"] == [80, 90, 95, 100]
    assert [one["threshold"] for one in found["alerts"]] == [80]
    assert found["alerts"][0]["at"].startswith("2026-11-05T09:00")
    assert [(one["from"], one["to"]) for one in found["plan_changes"]] == [
        (None, "starter"),
        ("starter", "pro"),
    ]
    assert found["plan_changes"][0]["at"] == "2026-11-01T00:00:00Z"
    assert found["as_of"].startswith("2026-11-10T12:30")
    usage = await desk.meter("api_calls")
    assert (found["data"][-1]["used"], found["data"][-1]["limit"]) == (
        usage["used"],
        usage["limit"],
    )

    window = {"from": "2026-11-05T07:00:00Z", "to": "2026-11-05T11:00:00Z"}
    found = await asked(desk, meter="api_calls", step="hour", **window)
    assert column(found, "used") == [30, 30, 80, 80]
    assert column(found, "at")[0] == "2026-11-05T07:00:00Z"
    assert len(found["alerts"]) == 1
    assert found["plan_changes"] == []


async def test_a_new_period_begins_at_nothing(desk: Desk) -> None:
    desk.at(at(2))
    await desk.opens()
    await desk.counts("api_calls", 40)
    await hours(desk, "api_calls", "count", (at(2), 40))
    desk.at(DECEMBER + timedelta(days=2))
    end = DECEMBER + timedelta(days=31)
    await desk.counts("api_calls", 3, start=DECEMBER, end=end)
    await hours(desk, "api_calls", "count", (DECEMBER + timedelta(days=1), 3))
    found = await asked(desk, meter="api_calls", **{"from": "2026-11-29"})
    assert column(found, "used") == [40, 40, 0, 3, 3]


async def test_gauges_hold_what_was_measured_last(desk: Desk) -> None:
    desk.at(at(1))
    await desk.opens()
    desk.at(NOW)
    await desk.counts("storage", 7)
    await hours(desk, "storage", "latest", (at(2, 5), 9), (at(4, 1), 5), (at(4, 2), 7))
    await desk.counts("seats", 4)
    await hours(desk, "seats", "sum", (at(2, 5), 6), (at(6, 5), -2))
    found = await asked(desk, meter="storage", **{"from": "2026-11-03", "to": "2026-11-06"})
    assert column(found, "used") == [9, 7, 7]
    assert column(found, "limit") == [10 * 10**9] * 3
    found = await asked(desk, meter="seats", **{"from": "2026-11-01", "to": "2026-11-05"})
    assert column(found, "used") == [None, 6, 6, 6]
    assert column(await asked(desk, meter="seats"), "used")[-1] == 4


async def test_an_account_without_a_subscription_has_usage_and_no_limit(desk: Desk) -> None:
    desk.at(NOW)
    await desk("PUT", "/v1/catalog", catalog())
    await desk("PUT", "/v1/accounts/acct-42", {"name": "A"}, want=201)
    found = await asked(desk, meter="storage")
    assert set(column(found, "used")) == {None, 0}
    assert set(column(found, "limit")) == {None}
    assert (len(found["data"]), found["thresholds"], found["alerts"]) == (91, [], [])


REFUSED = (
    ("meter=gone", "query.meter"),
    ("", "query.meter"),
    ("meter=seats&from=yesterday", "query.from"),
    ("meter=seats&from=2026-11-20", "query.from"),
    ("meter=seats&from=2026-11-03&to=2026-11-03", "query.from"),
    ("meter=seats&from=2020-01-01", "query.from"),
    ("meter=seats&from=2026-09-01&step=hour", "query.from"),
    ("meter=seats&step=week", "query.step"),
)


async def test_what_cannot_be_asked_is_named(desk: Desk) -> None:
    desk.at(NOW)
    await desk.opens()
    for query, path in REFUSED:
        refused = await desk("GET", f"{PATH}?{query}", want=422)
        assert [one["path"] for one in refused["errors"]] == [path]
    await desk("GET", "/v1/accounts/gone/usage/history?meter=seats", want=404)
