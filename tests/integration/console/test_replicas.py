"""Two processes of the console behind the gateway, one of them killed while people work."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from shared.runtime.settings import Settings
from tests.support.replicas import Two, two_consoles

PAGE = "/console/preferences"


@pytest.fixture
async def two(settings: Settings, tmp_path: Path) -> AsyncIterator[Two]:
    async with two_consoles(settings, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def streams(http: httpx.AsyncClient, number: int) -> AsyncIterator[list[httpx.Response]]:
    """They have begun: what changes from now on is told."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(number):
            stream = await stack.enter_async_context(http.stream("GET", "/console/stream"))
            assert stream.headers["content-type"].startswith("text/event-stream")
            opened.append(stream)
        yield opened


async def test_nobody_is_logged_out_no_form_is_lost_and_the_stream_goes_on(two: Two) -> None:
    visitor = await two.house.visitor("u1", "csm")
    http = two.browser(visitor)
    assert [(await http.get(PAGE)).status_code for _ in range(4)] == [200] * 4  # by turns

    async with streams(http, 2) as both:
        listening = [asyncio.create_task(two.heard(one, "task later")) for one in both]
        two.one.signal(signal.SIGSTOP)
        sending = [
            asyncio.create_task(visitor.post(PAGE, {"theme": theme})) for theme in ("dark", "dark")
        ]
        answered, waiting = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
        assert (len(answered), len(waiting)) == (1, 1)
        two.one.kill()
        assert [(await one).status for one in sending] == [303, 303]
        assert [(await http.get(PAGE)).status_code for _ in range(4)] == [200] * 4
        saved = [
            await visitor.post(PAGE, {"theme": theme}) for theme in ("light", "system", "dark")
        ]
        assert [one.status for one in saved] == [303] * 3
        assert 'data-theme="dark"' in (await http.get(PAGE)).text

        ended, _ = await asyncio.wait(listening, return_when=asyncio.FIRST_COMPLETED)
        assert [one.result() for one in ended] == [False]
        async with streams(http, 1) as (again,):
            listening.append(asyncio.create_task(two.heard(again, "task later")))
            await two.changed("later")
            assert sorted([await one for one in listening]) == [False, True, True]


async def test_without_any_of_them_the_gateway_says_so_to_people(two: Two) -> None:
    two.one.kill()
    two.other.kill()
    async with httpx.AsyncClient(base_url=two.url, trust_env=False) as http:
        away = await http.get("/console/today?due=all")
        assert (away.status_code, away.headers["retry-after"]) == (503, "2")
        assert away.headers["content-type"].startswith("text/html")
        assert 'href=""' in away.text
        policy = away.headers["content-security-policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'"
        assert (await http.get("/v1/people")).status_code == 401
