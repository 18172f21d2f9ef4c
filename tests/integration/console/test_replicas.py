"""Two processes of the console behind the gateway, one of them killed while people work."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from shared.postgres import changes
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.console import House, Visitor, open_house
from tests.support.nginx import nginx
from tests.support.processes import ServiceProcess

PAGE = "/console/preferences"


@dataclass
class Two:
    """`url`: of the gateway in front of both."""

    house: House
    url: str
    one: ServiceProcess
    other: ServiceProcess

    async def browser(self, visitor: Visitor) -> httpx.AsyncClient:
        visitor.http.base_url = httpx.URL(self.url)
        return visitor.http

    async def heard(self, stream: httpx.Response, word: str) -> bool:
        """Until the stream says it; False if it ends before."""
        try:
            async for line in stream.aiter_lines():
                if line == f"data: {word}":
                    return True
        except httpx.RemoteProtocolError:  # cut in the middle
            pass
        return False

    async def changed(self, word: str) -> None:
        async with transaction(self.house.desk.context.engine) as conn:
            changes.note(conn, "task", [word])


@pytest.fixture
async def two(settings: Settings, tmp_path: Path) -> AsyncIterator[Two]:
    """The other services are in this process."""
    async with open_house(settings) as house:
        house.desk.at(datetime.now(UTC))
        environment = {
            "PLIMSOLL_DATABASE_URL": settings.database_url or "",
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers or "",
            "PLIMSOLL_TOPIC_PREFIX": settings.topic_prefix or "",
            "PLIMSOLL_ADMIN_KEY": settings.admin_key or "",
            "PLIMSOLL_API_URL": house.url,
        }
        if settings.secret_key is not None:
            environment["PLIMSOLL_SECRET_KEY"] = settings.secret_key
        both = [ServiceProcess("console", environment, tmp_path) for _ in range(2)]
        for each in both:
            each.start()
        try:
            await asyncio.gather(*(each.ready() for each in both))
            addresses = [httpx.URL(each.url).netloc.decode() for each in both]
            own = httpx.URL(house.url).netloc.decode()
            others = {name: [own] for name in ("ingest", "trigger", "notifier")}
            async with nginx(tmp_path, others | {"console": addresses}) as url:
                yield Two(house, url, *both)
        finally:
            for each in both:
                each.kill()


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
    http = await two.browser(visitor)
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
