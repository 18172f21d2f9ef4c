"""`GET /v1/search`, and the same search in `GET /v1/accounts?q=`."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.trigger.overview.keeper import Keeper
from tests.support.desk import ACCOUNT, Desk, catalog, order

STOP = asyncio.Event()
NAMES = {
    "a1": "株式会社アオゾラ",
    "a2": "青空 Aozora Inc.",
    "a3": "Aozora Bank",
    "a4": "Tanuki",
    "a5": "100%_\\",
}


@pytest.fixture
async def known(desk: Desk) -> Desk:
    await desk("PUT", "/v1/catalog", catalog())
    for account, name in NAMES.items():
        contacts = [{"id": "c9", "name": f"Sato {account}", "email": f"{account}@mail.example"}]
        body = ACCOUNT | {"name": name, "contacts": [one | {"role": "owner"} for one in contacts]}
        await desk("PUT", f"/v1/accounts/{account}", body, want=201)
    await desk("PUT", "/v1/accounts/a4/subscription", order())
    await Keeper(desk.context, desk.watch.judgement.loader).work(STOP)
    return desk


async def hits(desk: Desk, q: str, kind: str | None = None) -> list[dict[str, Any]]:
    found = (await desk("GET", "/v1/search", params={"q": q, "lang": "en"}))["data"]
    return [one for one in found if kind is None or one["kind"] == kind]


async def accounts(desk: Desk, q: str) -> list[str]:
    return [one["id"] for one in await hits(desk, q, "account")]


async def test_accounts_are_found_by_any_part_of_their_name(known: Desk) -> None:
    assert await accounts(known, "青空") == ["a2"]
    assert await accounts(known, "aoz") == ["a3", "a2"]
    assert await accounts(known, "ｱｵｿﾞﾗ") == ["a1"]
    assert await accounts(known, "ぞ") == ["a1"]
    assert await accounts(known, "aozora bank") == ["a3"]
    assert await accounts(known, "a4") == ["a4"]
    assert await accounts(known, "株式会社") == []
    assert await accounts(known, "%") == []
    assert await accounts(known, "100%") == ["a5"]
    listed = await known("GET", "/v1/accounts", params={"q": "ＡＯＺ", "sort": "-name"})
    assert ([one["account"] for one in listed["data"]], listed["total"]) == (["a2", "a3"], 2)
    (hit,) = await hits(known, "tanuki", "account")
    assert hit == {
        "kind": "account",
        "id": "a4",
        "account": "a4",
        "title": "Tanuki",
        "detail": "starter",
    }


async def test_other_spellings_of_what_nothing_is_called(known: Desk) -> None:
    found = await known("GET", "/v1/search", params={"q": "aozara bank"})
    assert (found["data"], [one["id"] for one in found["near"]]) == ([], ["a3"])
    assert (await known("GET", "/v1/search", params={"q": "aozora"}))["near"] == []
    assert (await known("GET", "/v1/search", params={"q": "zzzz"})) == {"data": [], "near": []}


async def test_contacts_deals_and_tasks_are_found_with_their_account(known: Desk) -> None:
    (contact,) = await hits(known, "a4@mail")
    assert (contact["kind"], contact["id"], contact["account"]) == ("contact", "c9", "a4")
    assert (contact["title"], contact["detail"]) == ("Sato a4", "Tanuki")
    assert len(await hits(known, "sato", "contact")) == 5
    deal = await known("POST", "/v1/accounts/a4/opportunities", {"to_plan": "pro"}, want=201)
    task = await known("POST", "/v1/accounts/a4/tasks", {"title": "Call them"}, want=201)
    found = {one["kind"]: one for one in await hits(known, "tanu")}
    assert found.keys() == {"account", "opportunity", "task"}
    assert (found["opportunity"]["id"], found["opportunity"]["detail"]) == (deal["id"], "pro")
    assert (found["opportunity"]["title"], found["task"]["detail"]) == ("Tanuki", "Tanuki")
    by_id = await hits(known, deal["id"])
    assert [(one["kind"], one["id"]) for one in by_id] == [("opportunity", deal["id"])]
    assert [one["title"] for one in await hits(known, task["id"])] == [found["task"]["title"]]


async def test_what_is_gone_is_not_found(known: Desk) -> None:
    keeper = Keeper(known.context, known.watch.judgement.loader)
    await known("PUT", "/v1/accounts/a4", ACCOUNT | {"name": "Kitsune", "contacts": []})
    assert await hits(known, "sato a4") == []
    await keeper.work(STOP)
    assert (await accounts(known, "tanuki"), await accounts(known, "kits")) == ([], ["a4"])
    await known("DELETE", "/v1/accounts/a1", want=202)
    known.at(known.now + timedelta(days=1))
    await keeper.work(STOP)
    assert await accounts(known, "あおぞら") == []
    rows = await known.rows("select account from account_search where account = 'a1'")
    assert rows == []


async def test_what_cannot_be_looked_for_is_named(desk: Desk) -> None:
    for q in ("", " ", "\u0000", "x" * 101):
        refused = await desk("GET", "/v1/search", params={"q": q}, want=422)
        assert [one["path"] for one in refused["errors"]] == ["query.q"]
        await desk("GET", "/v1/accounts", params={"q": q}, want=422)
    await desk("GET", "/v1/search", want=422)
