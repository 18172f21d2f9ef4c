"""The catalogue in the console: its versions, what changes, how it is edited, tried and applied."""

import asyncio
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from services.trigger.backtest.runner import CHANNEL, Runner
from tests.support.console import House, Shown
from tests.support.desk import ACCOUNT, order, until

DEMO = (Path(__file__).parents[3] / "plimsoll" / "demo" / "catalog.yaml").read_text()
EDIT = "/console/catalogue/edit"
YAML = {"Content-Type": "application/yaml"}


async def put(house: House, text: str) -> None:
    answer = await house.desk.http.put("/v1/catalog", content=text.encode(), headers=YAML)
    assert answer.status_code == 200, answer.text


async def two_versions(house: House) -> None:
    await put(house, f"# ours\n{DEMO}")
    await house.desk("PUT", "/v1/accounts/acct-42", ACCOUNT, want=201)
    await house.desk("PUT", "/v1/accounts/acct-42/subscription", order("starter"))
    await put(house, f"# ours\n{DEMO}".replace("seats: 5}", "seats: 6}", 1))


async def backtests(house: House) -> None:
    """Runs those that wait."""
    stop = asyncio.Event()
    runner = asyncio.create_task(Runner(house.desk.context, asyncio.Lock()).run(stop))

    async def is_over() -> bool:
        house.desk.context.wake.local(CHANNEL)
        listed = await house.desk("GET", "/v1/backtests")
        return all(one["state"] in ("done", "failed") for one in listed["data"])

    await until(is_over)
    stop.set()
    house.desk.context.wake.local(CHANNEL)
    await runner


def to(page: Shown) -> str:
    """Where a form led, without what is announced there."""
    assert page.status == 303, page.text
    return urlsplit(page.headers["location"]).path


async def test_without_a_catalogue_the_demo_is_one_to_begin_with(house: House) -> None:
    planner = await house.visitor("p1", "planner")
    page = await planner.get("/console/catalogue")
    assert (page.page, page.states()["versions"]) == ("catalogue", "empty")
    assert 'href="/console/catalogue/edit?from=demo"' in page.html
    begun = await planner.get(f"{EDIT}?from=demo")
    assert begun.values("faults") == ["0"]
    assert begun.field("revision", "edit") == "0"
    assert (await planner.get("/console/catalogue/compare")).status == 200
    assert (await planner.get("/console/policy")).states()["policy"] == "ready"
    csm = await house.visitor("c1", "csm")
    assert "from=demo" not in (await csm.get("/console/catalogue")).html


async def test_versions_one_of_them_and_what_changed(house: House) -> None:
    await two_versions(house)
    csm = await house.visitor("c1", "csm", language="ja")
    page = await csm.get("/console/catalogue")
    assert page.ids("version") == ["2", "1"]
    assert page.values("accounts") == ["0", "1"]
    assert EDIT not in page.html
    one = await csm.get("/console/catalogue/1")
    assert (one.page, one.status) == ("catalogue_one", 200)
    assert one.ids("plan")[:3] == ["starter", "pro", "enterprise"]
    assert one.values("seats")[:3] == ["5", "25", "unlimited"]
    found = await csm.get("/console/catalogue/compare?a=1&b=2")
    assert found.ids("group") == ["features", "limits", "support", "security", "integrations"]
    assert found.values("total") == ["0", "1", "0", "0", "0"]
    assert (found.values("before"), found.values("after")) == (["5"], ["6"])
    assert found.values("affected.accounts") == ["1"]
    same = await csm.get("/console/catalogue/compare?a=2&b=2")
    assert same.states()["differences"] == "empty"
    assert (await csm.get("/console/catalogue/9")).status == 404
    assert (await csm.get("/console/catalogue/compare?a=1&b=9")).status == 404


async def test_a_fault_is_at_its_line_and_what_was_typed_stays(house: House) -> None:
    await two_versions(house)
    planner = await house.visitor("p1", "planner")
    page = await planner.get(EDIT)
    assert page.field("revision", "edit") == "2"
    assert "# ours" in page.text
    wrong = DEMO.replace("purchase: self_serve", "purchase: self_servic", 1)
    line = wrong.splitlines().index("    purchase: self_servic") + 1
    fields = {"text": wrong.replace("\n", "\r\n"), "revision": "2", "act": "check"}
    checked = await planner.post(EDIT, fields)
    assert (checked.status, checked.values("faults")) == (422, ["1"])
    assert f'data-line="{line}" data-column="5" data-path="/plans/0/purchase"' in checked.html
    assert "self_servic" in checked.text
    typing = await planner.post(EDIT, fields, headers={"X-Plimsoll-Part": "part-check"})
    assert (typing.status, typing.values("faults")) == (200, ["1"])
    applied = await planner.post(EDIT, fields | {"act": "confirm"})
    assert (applied.status, (await house.desk("GET", "/v1/catalog"))["version"]) == (422, 2)


async def test_it_asks_with_the_number_of_accounts_before_it_is_applied(house: House) -> None:
    await two_versions(house)
    planner = await house.visitor("p1", "planner")
    text = DEMO.replace("month: 49,", "month: 59,")
    fields = {"text": text, "revision": "2", "act": "apply"}
    asked = await planner.post(EDIT, fields)
    assert (asked.status, asked.states()["question"]) == (200, "ready")
    assert asked.values("affected.accounts") == ["1"]
    assert (asked.values("before"), asked.values("after")) == (["6"], ["5"])
    assert (await house.desk("GET", "/v1/catalog"))["version"] == 2
    done = await planner.post(EDIT, fields | {"act": "confirm"})
    assert to(done) == "/console/catalogue"
    (first, *_) = (await house.desk("GET", "/v1/catalogs"))["data"]
    assert (first["version"], first["applied_by"]) == (3, {"kind": "person", "id": "p1"})
    csm = await house.visitor("c1", "csm")
    refused = await csm.post(EDIT, fields | {"act": "confirm", "revision": "3"})
    assert refused.status == 403


async def test_whoever_comes_second_sees_both_and_loses_nothing(house: House) -> None:
    await two_versions(house)
    planner = await house.visitor("p1", "planner")
    mine = DEMO.replace("month: 49,", "month: 59,")
    await put(house, f"# ours\n{DEMO}".replace("month: 1750,", "month: 1800,"))
    fields = {"text": f"# ours\n{mine}", "revision": "2", "act": "confirm"}
    late = await planner.post(EDIT, fields)
    assert (late.status, (await house.desk("GET", "/v1/catalog"))["version"]) == (412, 3)
    assert ("month: 59," in late.text, "month: 1800," in late.text) == (True, True)
    assert late.field("revision", "edit") == "3"
    assert late.ids("conflict") == []
    clash = {"text": f"# ours\n{mine}".replace("month: 1750,", "month: 1900,"), "revision": "2"}
    late = await planner.post(EDIT, clash | {"act": "apply"})
    assert (late.status, late.html.count("data-conflict")) == (412, 1)
    assert ("month: 1900," in late.text, "month: 1800," in late.text) == (True, True)


async def test_a_backtest_is_begun_watched_and_read(house: House) -> None:
    await two_versions(house)
    planner = await house.visitor("p1", "planner")
    where = to(await planner.post("/console/catalogue/1", {"since": "30d", "act": "backtest"}))
    page = await planner.get(where)
    assert (page.page, page.values("state")) == ("catalogue_backtests_one", ["queued"])
    await backtests(house)
    page = await planner.get(where)
    assert (page.values("state"), page.values("progress")) == (["done"], ["1"])
    assert page.values("totals.accounts") == ["1"]
    assert page.states()["messages"] == "empty"
    assert "Nothing changes." in page.text
    listed = await planner.get("/console/catalogue")
    assert listed.ids("backtest") == [where.rpartition("/")[2]]
    csv = await planner.http.get(f"{where}/messages.csv?list=would")
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    edited = {"text": DEMO, "revision": "2", "since": "7d", "act": "backtest"}
    other = to(await planner.post(EDIT, edited))
    csm = await house.visitor("c1", "csm")
    assert (await csm.post(other, {"act": "delete"})).status == 403
    assert to(await planner.post(other, {"act": "delete"})) == "/console/catalogue"
    assert (await planner.get(other)).status == 404
    assert (await planner.post(where, {"act": "restart"})).status == 409


async def test_what_only_was_sent_is_listed_by_account_and_threshold(house: House) -> None:
    await two_versions(house)
    await house.desk.counts("api_calls", 9_600)
    house.desk.at(house.desk.now + timedelta(hours=2))
    planner = await house.visitor("p1", "planner", language="ja")
    where = to(await planner.post("/console/catalogue/1", {"since": "30d"}))
    await backtests(house)
    page = await planner.get(f"{where}?list=only_sent")
    assert (page.values("totals.only_sent"), page.ids("plan")) == (["1"], ["starter"])
    assert page.ids("account") == ["acct-42", "acct-42"]
    assert page.values("differs_by") == ["grain"]
    assert "95 %" in page.text
    csv = await planner.http.get(f"{where}/messages.csv?list=only_sent")
    assert "acct-42,api_calls,95,usage.threshold" in csv.text


async def test_the_policy_in_words(house: House) -> None:
    await put(house, DEMO + "  holdout: {percent: 10, salt: x}\n")
    page = await (await house.visitor("s1", "sales")).get("/console/policy")
    assert page.page == "policy"
    assert "OWN-2" in page.ids("rule")
    assert "10 % of accounts get notices but no offers." in page.text
    assert page.values("thresholds")[0] == "80, 90, 95, 100"
