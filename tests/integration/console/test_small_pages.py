"""Search, set-up and help."""

import re

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


async def test_pages_and_files_are_packed_and_streams_are_not(house: House) -> None:
    kato = await house.visitor("u7", "csm", name="Kato")
    page = await kato.http.get("/console/help")
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["vary"] == "Accept-Encoding, Sec-Fetch-Site"
    assert page.headers["cache-control"] == "no-store"
    assert "etag" not in page.headers
    head = await kato.http.head("/console/help")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-encoding"] == "gzip"
    for headers in ({"Accept-Encoding": "identity"}, {"Sec-Fetch-Site": "cross-site"}):
        plain = await kato.http.get("/console/help", headers=headers)
        assert "content-encoding" not in plain.headers
        assert 'data-page="help"' in plain.text
    (style, *_) = re.findall(r'href="(/console/static/console[^"]+)"', page.text)
    file = await kato.http.get(style)
    assert (file.headers["content-encoding"], file.headers["vary"]) == ("gzip", "Accept-Encoding")
    async with kato.http.stream("GET", "/console/stream") as events:
        assert "content-encoding" not in events.headers


async def test_no_two_pages_show_the_same_token_and_each_is_taken(house: House) -> None:
    kato = await house.visitor("u7", "csm", name="Kato")
    tokens = {(await kato.get("/console/help")).field("csrf") for _ in range(3)}
    assert len(tokens) == 3
    for token in tokens:
        sent = await kato.post("/console/preferences", {"csrf": token, "language": "en"})
        assert sent.status == 303
