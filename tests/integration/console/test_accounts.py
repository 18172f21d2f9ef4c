"""An account on one page, and why it got no offer."""

from typing import Any

from tests.integration.console.test_today import TUESDAY, opened, with_tasks
from tests.support.console import House, Visitor


async def unhappy(house: House) -> Visitor:
    """An account that is nearly full and unhappy."""
    kato = await opened(house)
    await house.desk.learns("nps.responded", {"score": 4, "contact": "c1"})
    start, end = TUESDAY.replace(hour=0), TUESDAY.replace(hour=0, month=1, year=2027)
    await house.desk.counts("api_calls", 96, start=start, end=end)
    await with_tasks(house, kato, "2026-12-03")
    return kato


async def test_the_numbers_are_those_of_the_api(house: House) -> None:
    kato = await unhappy(house)
    page = await kato.get("/console/accounts/acct-42")
    assert (page.status, page.page) == (200, "accounts_one")
    usage: Any = await house.desk("GET", "/v1/accounts/acct-42/usage")
    assert page.ids("meter") == [one["meter"] for one in usage["meters"]]
    assert page.values("used") == [str(one["used"]) for one in usage["meters"]]
    assert page.values("health.score") == ["70"]
    assert set(page.states().values()) == {"ready"}
    assert "96 %" in page.text
    assert 'data-chart="usage"' in page.html


async def test_why_not_has_every_gate_with_the_blocking_ones_first(house: House) -> None:
    kato = await unhappy(house)
    decisions = await house.desk("GET", "/v1/decisions?account=acct-42")
    decision = decisions["data"][0]
    page = await kato.get(f"/console/decisions/{decision['id']}")
    assert page.page == "decisions_one"
    assert "Why Aozora got no offer" in page.text
    assert page.ids("gate") == [one["gate"] for one in decision["gates"]]
    assert page.ids("blocking") == decision["blocked_by"]
    assert "NPS 4 on 2026-12-01" in page.text
    japanese = await (await house.visitor("u9", language="ja")).get(
        f"/console/decisions/{decision['id']}"
    )
    assert "提案しなかった理由" in japanese.text
    raw = await kato.get(f"/console/decisions/{decision['id']}/json")
    assert raw.headers["content-type"] == "application/json"


async def test_an_account_that_is_not_there(house: House) -> None:
    kato = await opened(house)
    page = await kato.get("/console/accounts/none")
    assert (page.status, page.page) == (404, "failure")
    assert 'value="none"' in page.html


async def test_the_list_is_filtered_sorted_and_to_be_had_as_a_table(house: House) -> None:
    kato = await unhappy(house)
    await house.desk("PUT", "/v1/accounts/b-1", {"name": "<b>Bold</b>"}, want=201)
    await house.settled()
    page = await kato.get("/console/accounts?sort=-name")
    assert (page.page, page.states()["accounts"]) == ("accounts", "ready")
    assert sorted(page.ids("account")) == ["acct-42", "b-1"]
    assert "<b>Bold</b>" not in page.html
    assert (await kato.get("/console/accounts?near=95")).ids("account") == ["acct-42"]
    assert (await kato.get("/console/accounts?csm=me")).ids("account") == ["acct-42"]
    nothing = await kato.get("/console/accounts?plan=none&near=95&q=bolt")
    assert nothing.states() == {"views": "ready", "accounts": "empty", "near": "ready"}
    assert "Plan: none" in nothing.text
    assert "Fullest meter: 95 % or more" in nothing.text
    assert nothing.ids("account") == ["b-1"]
    assert (await kato.get("/console/accounts?segment=none")).states()["accounts"] == "empty"
    targets = "/console/accounts?target=true&sort=-near_percent"
    assert f'href="{targets.replace("&", "&amp;")}"' in page.html
    assert (await kato.get(targets)).states()["accounts"] == "empty"
    refused = await kato.get("/console/accounts?near=81")
    assert refused.status == 422
    assert 'id="problems"' in refused.html
    table = await kato.get("/console/accounts?format=csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert "acct-42" in table.html


async def test_a_meter_over_time_has_the_table_of_the_api(house: House) -> None:
    kato = await unhappy(house)
    page = await kato.get("/console/accounts/acct-42/usage?meter=api_calls")
    assert page.page == "accounts_usage"
    history: Any = await house.desk("GET", "/v1/accounts/acct-42/usage/history?meter=api_calls")
    if page.states()["usage"] == "ready":
        assert page.ids("chart") == ["usage"]
        assert len(page.html.split("<tr>")) - 2 == len(history["data"])
    csv = await kato.get("/console/accounts/acct-42/usage?meter=api_calls&format=csv")
    assert len(csv.html.splitlines()) == len(history["data"]) + 1
    assert (await kato.get("/console/accounts/acct-42/usage?meter=none")).status == 422
    assert (await kato.get("/console/accounts/none/usage")).status == 404


async def test_what_happened_and_what_is_begun(house: House) -> None:
    kato = await unhappy(house)
    page = await kato.get("/console/accounts/acct-42/timeline?kind=fact")
    assert (page.page, set(page.ids("kind"))) == ("accounts_timeline", {"fact"})
    assert "alert" in (await kato.get("/console/accounts/acct-42/timeline")).ids("kind")
    path = "/console/accounts/acct-42"
    first = await kato.get(path)
    key = first.field("idempotency_key", "task")
    task = {"act": "task", "title": "Send the guide", "idempotency_key": key}
    for _ in range(2):
        assert (await kato.post(path, task)).headers["location"] == f"{path}?said=begun"
    tasks = await house.desk("GET", "/v1/tasks?account=acct-42&reason=by_hand")
    assert [one["title"] for one in tasks["data"]].count("Send the guide") == 1
    refused = await kato.post(path, {"act": "fact", "type": "nps.responded", "data": "{"})
    assert refused.status == 422
    assert "neither lines of fields nor JSON" in refused.text
    unknown = {"act": "fact", "type": "nps.responded", "data": '{"score": 99}'}
    again = await kato.post(path, unknown | {"idempotency_key": "k1"})
    assert again.status == 422
    assert "99" in again.html
    assert (await kato.post(path, {"act": "opportunity", "to_plan": "none"})).status == 422


async def test_lists_are_saved_shared_and_removed(house: House) -> None:
    kato = await opened(house)
    mori = await house.visitor("s1", "sales")
    path, here = "/console/accounts/views", "/console/accounts?near=80&sort=-arr"
    first = await kato.get(here)
    assert (first.ids("view"), "Targets" in first.text) == ([], True)
    done = await kato.post(path, {"name": "<b>Soon</b>", "view": first.field("view")})
    assert (done.status, done.headers["location"]) == (303, f"{here}&said=view_saved")
    page = await kato.get("/console/accounts")
    assert page.ids("view") == ["<b>Soon</b>"]
    assert f'href="{here.replace("&", "&amp;")}"' in page.html
    assert "<b>Soon</b>" not in page.html
    assert (await mori.get(here)).ids("view") == []
    await mori.post(f"{path}/remove", {"name": "<b>Soon</b>"})
    again = {"name": "<b>Soon</b>", "view": "/console/accounts?csm=me"}
    assert (await kato.post(path, again)).status == 303
    assert 'href="/console/accounts?csm=me"' in (await kato.get("/console/accounts")).html
    for name in map(str, range(49)):
        assert (await kato.post(path, {"name": name, "view": here})).status == 303
    for name, why in (("more", "There are fifty already"), ("", "Fill this in")):
        refused = await kato.post(path, {"name": name, "view": here})
        assert (refused.status, refused.page, why in refused.text) == (422, "accounts", True)
        assert refused.field("view") == here
    gone = await kato.post(f"{path}/remove", {"name": "<b>Soon</b>", "view": here})
    assert gone.headers["location"] == f"{here}&said=view_removed"
    assert (await kato.post(path, {"name": "more", "view": here})).status == 303
