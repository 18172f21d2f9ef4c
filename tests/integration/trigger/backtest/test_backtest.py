"""What another catalogue would have sent."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.trigger.backtest.conftest import START, Weeks
from tests.support.desk import ACCOUNT, METERS, catalog, order, plan

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GB = 10**9


def briefly(rows: list[dict[str, Any]]) -> list[str]:
    return [
        (
            f"{row['meter'] or row['kind']} {row['threshold'] or ''} {row['outcome']} "
            f"{row['at'][5:13]}"
        ).replace("  ", " ")
        for row in rows
    ]


async def lived(weeks: Weeks) -> None:
    """Three weeks: a filling counter, storage around a threshold, changing seats, a high NPS."""
    await weeks.desk.opens()
    await weeks.desk("PUT", "/v1/accounts/quiet", ACCOUNT, want=201)
    await weeks.desk("PUT", "/v1/accounts/quiet/subscription", order())
    await weeks.use("api_calls", START + DAY, 40)
    await weeks.use("storage", START + DAY, 5 * GB)
    await weeks.use("api_calls", START + 4 * DAY, 41)
    await weeks.use("seats", START + 5 * DAY, 3)
    await weeks.desk.learns("nps.responded", {"score": 9, "contact": "c1"}, at=START + 6 * DAY)
    await weeks.use("storage", START + 7 * DAY, 9 * GB)
    await weeks.use("storage", START + 8 * DAY, 8 * GB + GB // 2)
    await weeks.use("storage", START + 9 * DAY, 9 * GB)
    await weeks.use("seats", START + 10 * DAY, 2)
    await weeks.use("seats", START + 11 * DAY, -2)
    await weeks.use("seats", START + 12 * DAY, 1)
    await weeks.use("api_calls", START + 13 * DAY, 15)
    await weeks.use("api_calls", START + 31 * DAY, 85)
    await weeks.go_to(START + 32 * DAY)


async def test_the_catalogue_in_force_would_have_sent_what_was_sent(weeks: Weeks) -> None:
    await lived(weeks)
    found = await weeks.backtest(catalog())
    assert briefly(found["would"])
    assert (briefly(found["only_would"]), briefly(found["only_sent"])) == ([], [])
    assert len(found["would"]) == len(found["sent"])


async def test_smaller_limits_would_have_told_earlier(weeks: Weeks) -> None:
    await lived(weeks)
    found = await weeks.backtest(
        catalog(plan("starter", 1, api_calls=50), plan("pro", 2, api_calls=110))
    )
    calls = [row["threshold"] for row in found["would"] if row["meter"] == "api_calls"]
    assert calls == [80, 100, 100], briefly(found["would"])
    assert any(row["meter"] == "api_calls" for row in found["only_sent"])


@pytest.mark.parametrize(
    ("meter", "reset", "expected"),
    [
        ("api_calls", "day", []),
        (
            "api_calls",
            "week",
            [(80, "11-03T04")],
        ),  # 82 on the second and third, and 44 two weeks later
        ("api_calls", "year", [(80, "11-02T10"), (100, "11-03T04")]),
        ("api_calls", "never", [(80, "11-02T10"), (100, "11-03T04")]),
        ("storage", "week", [(90, "11-03T04"), (100, "11-20T04")]),
    ],
)
async def test_a_meter_that_would_reset_differently_is_summed_from_its_hours(
    weeks: Weeks, meter: str, reset: str, expected: list[tuple[int, str]]
) -> None:
    """Whatever period the stored totals belong to: forty calls in October count for the year, and
    for a level, but for no week of November.
    """
    await weeks.desk.opens(subscription=order(started_at=START - 30 * DAY))
    for at, calls, gigabytes in (
        (START - 9 * DAY, 40, 1),
        (START + 6 * HOUR, 41, 5),
        (START + DAY, 41, 9),
        (START + 18 * DAY, 44, 10),
    ):
        await weeks.use("api_calls", at, calls)
        await weeks.use("storage", at, gigabytes * GB)
    await weeks.go_to(START + 19 * DAY)
    other = catalog(meters=METERS | {meter: METERS[meter] | {"reset": reset}})
    found = await weeks.backtest(other, since="21d")
    assert [
        (row["threshold"], row["at"][5:13]) for row in found["would"] if row["meter"] == meter
    ] == expected


async def test_nothing_is_changed(weeks: Weeks) -> None:
    await lived(weeks)
    tables = (
        "alert",
        "decision",
        "signal",
        "opportunity",
        "proposal",
        "outbox",
        "usage_total",
        "usage_day",
        "due",
        "catalog",
    )
    before = [
        await weeks.desk.rows(
            f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t"
        )
        for table in tables
    ]
    await weeks.backtest(catalog(plan("starter", 1, api_calls=10)))
    after = [
        await weeks.desk.rows(
            f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t"
        )
        for table in tables
    ]
    assert before == after


async def test_only_the_window_and_only_the_account(weeks: Weeks) -> None:
    await lived(weeks)
    assert (await weeks.backtest(catalog(), since="6h"))["would"] == []
    found = await weeks.backtest(catalog(), since="2d")
    assert [row["meter"] for row in found["would"]] == ["api_calls"]
    assert (found["only_would"], found["only_sent"]) == ([], [])
    other = await weeks.backtest(catalog(), account="quiet")
    assert other.pop("hours_behind_seconds") == 0
    assert other == {"grain": "hour", "would": [], "sent": [], "only_would": [], "only_sent": []}
    everything = await weeks.backtest(catalog(), account="acct-42")
    assert everything == await weeks.backtest(catalog())


async def test_a_plan_missing_from_the_other_catalogue_stays_as_it_was(weeks: Weeks) -> None:
    await lived(weeks)
    found = await weeks.backtest(catalog(plan("solo", 1), plan("team", 2, api_calls=110)))
    assert [
        row
        for row in found["only_sent"]
        if row["kind"] == "usage.threshold" and row["outcome"] == "notice"
    ] == []


async def test_what_is_told_step_by_step_within_an_hour_is_one_message_by_the_hour(
    weeks: Weeks,
) -> None:
    await weeks.desk.opens()
    for minute, amount in enumerate((80, 10, 5)):
        await weeks.use("api_calls", START + DAY + timedelta(minutes=minute), amount)
    await weeks.go_to(START + 2 * DAY)
    found = await weeks.backtest(catalog())
    assert [row["threshold"] for row in found["sent"] if row["meter"]] == [80, 90, 95]
    assert [row["threshold"] for row in found["would"] if row["meter"]] == [95]
    assert [row for row in found["only_sent"] if row["meter"] and row["threshold"] != 95] == []


def why(found: dict[str, Any]) -> list[tuple[str, str, Any, str | None]]:
    rows = [(side, row) for side in ("only_would", "only_sent") for row in found[side]]
    return [(side, row["meter"], row["threshold"], row["differs_by"]) for side, row in rows]


async def test_what_rose_and_fell_within_an_hour_differs_by_the_grain_alone(weeks: Weeks) -> None:
    """Also under another catalogue, where messages caused by it are marked differently."""
    await weeks.desk.opens()
    await weeks.use("seats", START + DAY, 5)
    await weeks.use("seats", START + DAY + timedelta(minutes=10), -4)
    await weeks.use("api_calls", START + 2 * DAY, 82)
    await weeks.go_to(START + 3 * DAY)
    found = await weeks.backtest(catalog())
    assert why(found) == [("only_sent", "seats", 100, "grain")]
    smaller = await weeks.backtest(
        catalog(plan("starter", 1, api_calls=81), plan("pro", 2, api_calls=1000))
    )
    assert set(why(smaller)) == {
        ("only_would", "api_calls", 100, None),
        ("only_sent", "seats", 100, "grain"),
    }


async def test_what_is_agreed_later_differs_by_that(weeks: Weeks) -> None:
    """A limit and an add-on are taken as they are now."""
    packs = {"add_ons": [{"id": "seats", "price": 10, "plans": ["starter"]}]}
    sold = {**catalog(), **packs}
    await weeks.desk.opens(catalog=sold)
    await weeks.use("seats", START + DAY, 5)
    await weeks.use("storage", START + 2 * DAY, 9 * GB)
    await weeks.go_to(START + 3 * DAY)
    await weeks.desk("PUT", "/v1/accounts/acct-42/limits/storage", {"limit": "20 GB"})
    await weeks.desk("PUT", "/v1/accounts/acct-42/subscription", order(add_ons={"seats": 5}))
    await weeks.go_to(START + 4 * DAY)
    found = await weeks.backtest(sold)
    assert {one[1:] for one in why(found)} == {
        ("seats", 100, "plan_change"),
        ("storage", 90, "plan_change"),
    }


async def test_what_was_sold_before_differs_by_its_version(weeks: Weeks) -> None:
    await weeks.desk.opens()
    await weeks.use("api_calls", START + DAY, 82)
    now = catalog(plan("starter", 1, api_calls=1000), plan("pro", 2, api_calls=5000))
    await weeks.desk("PUT", "/v1/catalog", now)
    await weeks.go_to(START + 2 * DAY)
    assert why(await weeks.backtest(now)) == [("only_sent", "api_calls", 80, "version")]
    assert why(await weeks.backtest(catalog())) == []


async def test_an_upgrade_in_the_window(weeks: Weeks) -> None:
    await weeks.desk.opens()
    await weeks.use("api_calls", START + DAY, 96)
    await weeks.go_to(START + DAY + timedelta(minutes=10))
    await weeks.desk("PUT", "/v1/accounts/acct-42/subscription", order("pro"))
    await weeks.use("api_calls", START + 2 * DAY, 4)
    await weeks.go_to(START + 3 * DAY)
    found = await weeks.backtest(catalog())
    assert [row["threshold"] for row in found["would"]] == [95, 90]
    assert (found["only_would"], found["only_sent"]) == ([], [])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"catalog": "currency: USD\nmeters: {}\nplans: []\n"}, "/catalog/"),
        ({"catalog": catalog(), "since": "90"}, "/since"),
        ({"catalog": catalog(), "since": "9999d"}, "/since"),
        ({"since": "90d"}, "/catalog"),
        ({"catalog": 7}, "/catalog"),
    ],
)
async def test_faults_are_named(weeks: Weeks, body: dict[str, Any], path: str) -> None:
    found = await weeks.desk("POST", "/v1/backtests", body, want=422)
    assert found["errors"], found
    assert all(error["path"].startswith(path) for error in found["errors"]), found


async def test_an_unknown_account(weeks: Weeks) -> None:
    await weeks.desk("POST", "/v1/backtests", {"catalog": catalog(), "account": "nobody"}, want=404)
