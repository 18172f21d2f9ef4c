"""The demo as a fourth service beside the three: simulator, page, and the local servers that it delivers to."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from plimsoll.demo.crm import Crm
from plimsoll.demo.mailbox import Mailbox
from plimsoll.demo.page import routes
from plimsoll.demo.product import Product
from plimsoll.demo.simulator import Simulator
from plimsoll.demo.view import View
from shared.context import Context
from shared.service import Service

log = logging.getLogger(__name__)


class Demo:
    """Made before the services run; `url` is known once they listen."""

    def __init__(self, mailbox: Mailbox, crm: Crm, crm_url: str) -> None:
        self._mailbox, self._crm, self._crm_url = mailbox, crm, crm_url
        self._url: asyncio.Future[str] | None = None

    def listening(self, url: str) -> None:
        """Called when the services are ready: the simulator talks to them as any product would."""
        if self._url is not None and not self._url.done():
            self._url.set_result(url)

    def build(self, context: Context) -> Service:
        self._url = asyncio.get_running_loop().create_future()
        product = Product(context.settings.admin_key or "")
        simulator = Simulator(product)
        view = View(simulator, self._mailbox, self._crm)

        async def play(stop: asyncio.Event) -> None:
            try:
                if await self._ready(product, stop):
                    await product.put("/v1/channels/hubspot", {"url": self._crm_url, "token": "demo"})
                    await _until(stop, simulator.settle)
                    await asyncio.gather(simulator.run(stop), view.run(stop))
            finally:
                await product.close()

        return Service("demo", [routes(simulator, view, context.stopping)], {"simulator": play})

    async def _ready(self, product: Product, stop: asyncio.Event) -> bool:
        assert self._url is not None
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait((self._url, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not self._url.done():
            return False
        product.open(self._url.result())
        return True


async def _until(stop: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """Does it, unless `stop` comes first."""
    working, stopping = asyncio.ensure_future(work()), asyncio.ensure_future(stop.wait())
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    else:
        working.result()
