"""Runs services inside the test as their processes would, with a client."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from shared.runtime.service import Build, run
from shared.runtime.settings import Settings
from tests.support.trust import TRUST


@dataclass
class Served:
    """`client` has the admin key; `stop` asks the services to stop; `code` is their exit code
    afterwards.
    """

    url: str
    client: httpx.AsyncClient
    stop: asyncio.Event
    running: "asyncio.Task[int]"

    async def code(self) -> int:
        return await self.running


@asynccontextmanager
async def serving(
    settings: Settings, builders: Sequence[Build], *, whole: Sequence[Build] = ()
) -> AsyncIterator[Served]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    def tell(host: str, port: int) -> None:
        ready.set_result(f"http://{host}:{port}")

    running = asyncio.create_task(run(settings, builders, on_ready=tell, stop=stop, whole=whole))
    try:
        await asyncio.wait((ready, running), timeout=120, return_when=asyncio.FIRST_COMPLETED)
        assert ready.done(), (
            f"the services ended with {running.result() if running.done() else 'nothing'}"
        )
        headers = {"Authorization": f"Bearer {settings.admin_key}"}
        async with httpx.AsyncClient(
            verify=TRUST, base_url=ready.result(), headers=headers, trust_env=False, timeout=120
        ) as client:
            yield Served(ready.result(), client, stop, running)
    finally:
        stop.set()
        await running
