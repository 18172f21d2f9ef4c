"""The demo as a fourth service: simulator, page, and the local servers that receive deliveries."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from plimsoll.demo.crm import Crm
from plimsoll.demo.history import History, faulty
from plimsoll.demo.mailbox import Mailbox
from plimsoll.demo.page import routes
from plimsoll.demo.personas import offer
from plimsoll.demo.play import Play
from plimsoll.demo.product import Product
from plimsoll.demo.simulator import Simulator
from plimsoll.demo.view import View
from plimsoll.demo.world import PEOPLE
from shared.runtime.context import Context
from shared.runtime.service import Service
from shared.runtime.waits import Stopped, unless

MEMORY, DEAL, PAST = "demo-generation", "demo-deal", "demo-past"


class Demo:
    """Created before the services run; `url` is known once they listen."""

    def __init__(self, mailbox: Mailbox, crm: Crm, crm_url: str, data_dir: Path) -> None:
        self._mailbox, self._crm, self._crm_url, self._data_dir = mailbox, crm, crm_url, data_dir
        self._url: asyncio.Future[str] | None = None

    def listening(self, url: str) -> None:
        """Called once the services are ready: the simulator uses them as any product would."""
        if self._url is not None and not self._url.done():
            self._url.set_result(url)

    def build(self, context: Context) -> Service:
        self._url = url = asyncio.get_running_loop().create_future()
        product = Product(context.settings.admin_key or "")
        simulator = Simulator(product, self._data_dir / MEMORY)
        deal = Play(simulator, self._data_dir / DEAL)
        view = View(simulator, self._mailbox, self._crm, deal)

        async def connect() -> None:
            self._mailbox.clear()
            await product.put("/v1/channels/hubspot", {"url": self._crm_url, "token": "demo"})

        async def play(stop: asyncio.Event) -> None:
            try:
                product.open(await unless(stop, url))
                history = History(product, self._data_dir / PAST)
                is_new = await history.is_wanted()
                await unless(stop, simulator.begin(history, connect))
                if is_new:
                    await context.producer.send(faulty(datetime.now(UTC)))
                await asyncio.gather(simulator.run(stop), view.run(stop), deal.run(stop))
            except Stopped:
                return
            finally:
                await product.close()

        def forget() -> None:
            self._mailbox.clear()
            self._crm.clear()

        pages = routes(simulator, view, context.stopping, forget, self._data_dir)
        return Service("demo", [pages, offer(context, PEOPLE)], {"simulator": play})
