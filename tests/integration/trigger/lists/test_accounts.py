"""`GET /v1/accounts`: rows kept as accounts change, filtered, sorted, in pages, as CSV."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from plimsoll.checks.accounts import check as checked
from services.trigger.erasure_steps import erase_account
from services.trigger.overview.keeper import Keeper
from services.trigger.tables.lists import marks
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.desk import ACCOUNT, DECEMBER, NOVEMBER, Desk, catalog, open_desk, order, plan

NOW = NOVEMBER + timedelta(days=9, hours=12)
STOP = asyncio.Event()


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_desk(settings) as opened:
        opened.at(NOW)
        yield opened


@pytest.fixture
def keeper(desk: Desk) -> Keeper:
    return Keeper(desk.context, desk.watch.judgement.loader)


async def listed(desk: Desk, keeper: Keeper, **query: str) -> list[dict[str, Any]]:
    await keeper.work(STOP)
    found = await desk("GET", "/v1/accounts", params=query)
    rows: list[dict[str, Any]] = found["data"]
    return rows


async def names(desk: Desk, keeper: Keeper, **query: str) -> list[str]:
    return [one["account"] for one in await listed(desk, keeper, **query)]


async def test_a_row_follows_what_changes_of_the_account(desk: Desk, keeper: Keeper) -> None:
    await desk.opens(segment="mid")
    (row,) = await listed(desk, keeper)
    as_of = row.pop("as_of")
    assert as_of.startswith("2026-11-10T12:0")
    expected = {
        "account": "acct-42",
        "name": "Aozora",
        "plan": "starter",
        "segment": "mid",
        "csm": {"id": "u7", "name": "Kato"},
        "ae": None,
        "loyalty": "low",
        "band": None,
        "score": None,
        "near_meter": None,
        "near_percent": None,
        "renewal_date": "2027-11-01",
        "arr": "120.00",
        "currency": "USD",
        "open_tasks": 0,
        "suppressed": False,
    }
    assert row == expected | {name: row[name] for name in ("band", "score", "suppressed")}

    await desk.learns("nps.responded", {"score": 3, "contact": "c1"})
    (row,) = await listed(desk, keeper)
    shown = await desk("GET", "/v1/accounts/acct-42")
    assert row["suppressed"] is True
    assert (row["band"], row["score"]) == (shown["health"]["band"], shown["health"]["score"])

    await desk("POST", "/v1/accounts/acct-42/tasks", {"title": "Call"}, want=201)
    await desk("PUT", "/v1/accounts/acct-42/subscription", order("pro"))
    await desk("PUT", "/v1/people/u7", {"name": "Sato", "roles": ["csm"]}, want=(200, 201))
    (row,) = await listed(desk, keeper)
    assert (row["plan"], row["arr"]) == ("pro", "240.00")
    tasks = (await desk("GET", "/v1/tasks?open=true&account=acct-42"))["data"]
    assert row["open_tasks"] == len(tasks) > 0


async def test_targets_are_those_of_the_judgement(desk: Desk, keeper: Keeper) -> None:
    long_ago = order(started_at=NOVEMBER - timedelta(days=700))
    for account, sold in (("loyal", long_ago), ("highest", long_ago | {"plan": "pro"})):
        await desk.opens(account, subscription=sold)
        for days in range(30):
            at = NOW - timedelta(days=days)
            await desk.learns("login.recorded", {"user": "u1"}, at=at, account=account)
        await desk.learns("nps.responded", {"score": 9, "contact": "c1"}, account=account)
    await desk.opens("new")
    assert await names(desk, keeper, target="true") == ["loyal"]
    targets = await desk("GET", "/v1/targets")
    assert [one["account"] for one in targets["data"]] == ["loyal"]
    assert await names(desk, keeper, target="false") == ["highest", "new"]
    await desk.learns("nps.responded", {"score": 2, "contact": "c1"}, account="loyal")
    assert await names(desk, keeper, target="true") == []


async def test_usage_is_seen_by_the_sweep_even_if_it_came_late(desk: Desk, keeper: Keeper) -> None:
    await desk.opens()
    await keeper.work(STOP)
    await desk.counts("api_calls", 91)
    desk.at(NOW + timedelta(seconds=61))
    (row,) = await listed(desk, keeper)
    assert (row["near_meter"], row["near_percent"]) == ("api_calls", 91)
    # A late event: the total grows, its newest event does not.
    await desk.rows("update usage_total set used = 99, revision = revision + 1 returning account")
    desk.at(NOW + timedelta(seconds=130))
    assert [one["near_percent"] for one in await listed(desk, keeper, near="95")] == [99]
    desk.at(DECEMBER + timedelta(hours=1))
    (row,) = await listed(desk, keeper)
    assert (row["near_meter"], row["near_percent"]) == (None, None)
    assert await keeper.is_done()


async def test_a_limit_of_its_own_and_a_new_catalogue_are_seen(desk: Desk, keeper: Keeper) -> None:
    await desk.opens()
    await desk.counts("api_calls", 90)
    await desk("PUT", "/v1/accounts/acct-42/limits/api_calls", {"limit": 200})
    assert [one["near_percent"] for one in await listed(desk, keeper)] == [45]
    await desk("DELETE", "/v1/accounts/acct-42/limits/api_calls", want=204)
    assert [one["near_percent"] for one in await listed(desk, keeper)] == [90]
    await desk("PUT", "/v1/catalog", catalog(plan("starter", 1), plan("pro", 2), plan("max", 3)))
    assert not await keeper.is_done()
    await keeper.work(STOP)
    assert await keeper.is_done()


async def many(desk: Desk) -> None:
    """Five accounts: s0 to s4, with 10 to 50 % used but the last, which has no subscription."""
    await desk("PUT", "/v1/catalog", catalog())
    for n in range(5):
        account = f"s{n}"
        body = ACCOUNT | {"name": f"Name {9 - n}", "segment": "mid" if n % 2 else None}
        await desk("PUT", f"/v1/accounts/{account}", body | {"contacts": []}, want=201)
        if n < 4:
            await desk("PUT", f"/v1/accounts/{account}/subscription", order())
            await desk.counts("api_calls", 10 * (n + 1), account=account)


async def test_filters_sorts_and_pages(desk: Desk, keeper: Keeper) -> None:
    await many(desk)
    assert await names(desk, keeper) == ["s0", "s1", "s2", "s3", "s4"]
    assert await names(desk, keeper, sort="name") == ["s4", "s3", "s2", "s1", "s0"]
    assert await names(desk, keeper, sort="near_percent") == ["s0", "s1", "s2", "s3", "s4"]
    assert await names(desk, keeper, sort="-near_percent") == ["s3", "s2", "s1", "s0", "s4"]
    assert await names(desk, keeper, sort="-segment") == ["s3", "s1", "s4", "s2", "s0"]
    assert await names(desk, keeper, segment="mid", plan="starter") == ["s1", "s3"]
    assert await names(desk, keeper, csm="u7", band="red") == []
    assert await names(desk, keeper, csm="nobody") == []
    own = await desk("GET", "/v1/accounts?csm=me", headers={"Plimsoll-Person": "u7"})
    assert own["total"] == 5
    for sort in (
        "-near_percent",
        "near_percent",
        "-segment",
        "renewal_date",
        "-arr",
        "ae",
        "loyalty",
        "-band",
        "score",
        "open_tasks",
        "-suppressed",
        "csm",
    ):
        whole = await names(desk, keeper, sort=sort)
        paged: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            found = await desk("GET", "/v1/accounts", params={"sort": sort, "limit": "2"} | more)
            paged += [one["account"] for one in found["data"]]
            assert found["total"] == 5
            cursor = found["next_cursor"]
        assert paged == whole, sort


async def test_csv_has_all_of_them(desk: Desk, keeper: Keeper) -> None:
    await many(desk)
    await keeper.work(STOP)
    asked = await desk.http.get("/v1/accounts?limit=1", headers={"Accept": "text/csv"})
    assert asked.headers["content-type"] == "text/csv; charset=utf-8"
    lines = asked.content.decode("utf-8-sig").split("\r\n")
    assert lines[0].startswith("account,name,plan,segment,csm.id,csm.name,ae.id,ae.name,loyalty,")
    assert [line.partition(",")[0] for line in lines[1:]] == ["s0", "s1", "s2", "s3", "s4", ""]
    same = await desk.http.get("/v1/accounts?format=csv&sort=-name")
    assert (
        same.content.decode("utf-8-sig").split("\r\n")[1].startswith("s0,Name 9,starter,,u7,Kato,")
    )


REFUSED = (
    ("near=85", "query.near"),
    ("band=blue", "query.band"),
    ("sort=as_of", "query.sort"),
    ("sort=--name", "query.sort"),
    ("csm=me", "query.csm"),
    ("format=xml", "query.format"),
    ("cursor=x", "query.cursor"),
    ("who=me", "query.who"),
)


async def test_what_cannot_be_asked_is_named(desk: Desk) -> None:
    for query, path in REFUSED:
        found = await desk("GET", f"/v1/accounts?{query}", want=422)
        assert [one["path"] for one in found["errors"]] == [path]


async def test_an_erased_account_leaves_no_row_and_none_comes_back(
    desk: Desk, keeper: Keeper
) -> None:
    await many(desk)
    await keeper.work(STOP)
    async with transaction(desk.context.engine) as conn:
        await erase_account(conn, "s1", desk.now)
    assert await desk.rows("select account from account_overview where account = 's1'") == []
    await desk.rows("insert into account_overview_mark (account) values ('s1') returning id")
    assert await names(desk, keeper) == ["s0", "s2", "s3", "s4"]


async def test_an_account_that_fails_is_parked_and_the_others_are_shown(
    desk: Desk, keeper: Keeper
) -> None:
    await many(desk)
    desk.context.faults.hold({"s1": frozenset({"overview"})})
    assert await names(desk, keeper) == ["s0", "s2", "s3", "s4"]
    parked = (await desk.rows("select account, lane, part from parked"))[0]
    assert tuple(parked) == ("s1", "overview", "overview")
    assert await keeper.is_done()
    desk.context.faults.hold({})
    desk.at(NOW + timedelta(minutes=1))
    assert await names(desk, keeper) == ["s0", "s1", "s2", "s3", "s4"]
    assert await desk.rows("select account from parked") == []


async def test_one_process_writes_and_a_late_list_is_called_out(desk: Desk, keeper: Keeper) -> None:
    await many(desk)
    async with transaction(desk.context.engine) as conn:
        assert await marks.alone(conn)
        await keeper.work(STOP)
        assert (await desk("GET", "/v1/accounts"))["data"] == []
    await desk.rows("update account_overview_mark set at = at - interval '1 hour' returning id")
    async with transaction(desk.context.engine) as conn:
        assert await marks.waiting_seconds(conn, desk.now) >= 3_600
    late = Keeper(desk.context, desk.watch.judgement.loader)
    async with transaction(desk.context.engine) as conn:
        assert await marks.alone(conn)
        await late.work(STOP)
    assert await late.note() == "lists of accounts are 60 minutes behind"
    found = await checked(desk.context.settings.database_url or "")
    (told,) = [one.what for one in found if one.subject == "lists" and one.warning]
    assert told.startswith("lists of accounts lack what has changed since 2")
    await keeper.work(STOP)
    async with transaction(desk.context.engine) as conn:
        assert await marks.waiting_seconds(conn, desk.now) == Decimal(0)
