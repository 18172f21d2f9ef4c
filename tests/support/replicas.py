"""Two processes of the console behind the gateway; the other services are in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from shared.postgres import changes
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.console import House, Visitor, open_house
from tests.support.nginx import nginx
from tests.support.processes import ServiceProcess


@dataclass
class Two:
    """`url`: of the gateway in front of both."""

    house: House
    url: str
    one: ServiceProcess
    other: ServiceProcess

    def browser(self, visitor: Visitor) -> httpx.AsyncClient:
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

    async def restart(self) -> None:
        """Both at the same time."""
        for each in (self.one, self.other):
            each.kill()
            each.start()
        await asyncio.gather(self.one.ready(), self.other.ready())


@asynccontextmanager
async def two_consoles(settings: Settings, folder: Path) -> AsyncIterator[Two]:
    """The clock of the services is the machine's, as the consoles' is."""
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
        both = [ServiceProcess("console", environment, folder) for _ in range(2)]
        for each in both:
            each.start()
        try:
            await asyncio.gather(*(each.ready() for each in both))
            addresses = [httpx.URL(each.url).netloc.decode() for each in both]
            own = httpx.URL(house.url).netloc.decode()
            others = {name: [own] for name in ("ingest", "trigger", "notifier")}
            async with nginx(folder, others | {"console": addresses}) as url:
                yield Two(house, url, *both)
        finally:
            for each in both:
                each.kill()
