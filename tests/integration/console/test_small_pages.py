"""Search, set-up and help."""

from tests.integration.console.test_today import opened, with_tasks
from tests.support.console import House


async def test_search_finds_things_and_pages(house: House) -> None:
    kato = await opened(house)
    (id,) = await with_tasks(house, kato, "2026-12-03")
    await house.desk("PUT", "/v1/accounts/a-2", {"name": "アオゾラ商事"}, want=201)
    await house.settled()
    page = await kato.get("/console/search", params={"q": "ｱｵｿﾞﾗ"})
    assert (page.page, page.ids("account")) == ("search", ["a-2"])
    assert (await kato.get(f"/console/search?q={id}")).ids("task") == [id]
    assert "/console/today" in (await kato.get("/console/search?q=toda")).html
    assert "/console/policy" in (await kato.get("/console/search?q=polic")).html
    action = await kato.get("/console/search", params={"q": "new task アオゾラ"})
    assert "/console/accounts/a-2?act=task#task" in action.html
    assert "act=create" not in (await kato.get("/console/search?q=key")).html
    root = await house.visitor("root", "admin")
    assert "act=create" in (await root.get("/console/search?q=key")).html
    near = await kato.get("/console/search", params={"q": "アオズラ商事"})
    assert near.states() == {"hits": "empty", "near": "ready"}
    assert near.ids("account") == ["a-2"]
    none = await kato.get("/console/search", params={"q": "<script>"})
    assert none.states()["hits"] == "empty"
    assert "<script>" not in none.html.split("<main")[1]


async def test_setup_and_help(house: House) -> None:
    kato = await opened(house)
    page = await kato.get("/console/setup")
    assert page.ids("step") == ["1", "2", "3", "4", "5"]
    assert (await kato.get("/console/help")).page == "help"
