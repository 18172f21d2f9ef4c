"""The console and the services that it asks, in one process on a real database; people who are
logged in; and what their pages say.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx

from services.console.ask import Api
from services.console.changes import Changes
from services.console.login.entry import new_session
from services.console.login.forms.masks import masked
from services.console.names import Names
from services.console.service import build as console
from services.console.tables import sessions
from services.ingest.service import build as ingest
from services.notifier.service import build as notifier
from services.trigger.overview.keeper import Keeper
from shared.postgres.database import transaction
from shared.runtime.settings import Settings
from tests.support.desk import Desk, open_desk
from tests.support.trust import TRUST


@dataclass
class Shown:
    """A page as HTML, and what can be asked of it."""

    status: int
    html: str
    headers: httpx.Headers

    @property
    def page(self) -> str:
        return str(re.findall(r'data-page="([^"]*)"', self.html)[0])

    @property
    def text(self) -> str:
        """Without tags, with single spaces."""
        return unescape(" ".join(re.sub(r"<[^>]*>", " ", self.html).split()))

    def values(self, field: str) -> list[str]:
        """Of `data-value`, of every element with this `data-field`."""
        found = re.findall(rf'data-field="{re.escape(field)}"[^>]*?data-value="([^"]*)"', self.html)
        return [unescape(one) for one in found]

    def ids(self, kind: str) -> list[str]:
        """`ids("task")`: of `data-task`, in order."""
        return [unescape(one) for one in re.findall(rf'data-{kind}="([^"]*)"', self.html)]

    def states(self) -> dict[str, str]:
        """Part -> its state."""
        return dict(re.findall(r'data-part="([^"]*)"[^>]*?data-state="([^"]*)"', self.html))

    def field(self, name: str, form: str = "") -> str:
        """The value of the first hidden field of this name, in the form with this id."""
        html = self.html if not form else self.html.split(f'id="{form}"', 1)[1]
        return unescape(re.findall(rf'name="{name}" value="([^"]*)"', html)[0])


@dataclass
class Visitor:
    """Somebody with a session. `csrf` is what their forms bring."""

    id: str
    csrf: str
    cookie: str
    http: httpx.AsyncClient

    async def get(self, path: str, **more: Any) -> Shown:
        return _shown(await self.http.get(path, **more))

    async def post(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> Shown:
        """As a form of ours sends it; the answer to a redirect is not followed."""
        given = {"csrf": self.csrf, **(fields or {})}
        headers = {"Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        return _shown(await self.http.post(path, data=given, headers=headers, **more))


def _shown(answer: httpx.Response) -> Shown:
    return Shown(answer.status_code, answer.text, answer.headers)


@dataclass
class House:
    """`desk` is the API; `url` is where browsers go."""

    desk: Desk
    url: str
    _open: list[httpx.AsyncClient] = field(default_factory=list)

    async def close(self) -> None:
        await asyncio.gather(*(http.aclose() for http in self._open))

    async def settled(self) -> None:
        """Lists show what was changed, and what was used."""
        keeper = Keeper(self.desk.context, self.desk.watch.judgement.loader)
        await keeper.work(asyncio.Event())

    async def visitor(
        self,
        id: str,
        *roles: str,
        name: str = "",
        language: str = "en",
        time_zone: str = "UTC",
        **more: Any,
    ) -> Visitor:
        """A person with these roles (a CSM without any named), logged in."""
        held: Sequence[str] = roles or ("csm",)
        locale = "ja-JP" if language == "ja" else "en-GB"
        body = {"name": name or id.title(), "roles": list(held), "locale": locale}
        await self.desk(
            "PUT", f"/v1/people/{id}", body | {"time_zone": time_zone} | more, want=(200, 201)
        )
        context = self.desk.context
        begun = new_session(id, held, "test", context.settings, self.desk.now, None)
        async with transaction(context.engine) as conn:
            await sessions.add(conn, begun.session)
        http = httpx.AsyncClient(
            verify=TRUST, base_url=self.url, cookies={"plimsoll": begun.cookie}, timeout=60
        )
        self._open.append(http)
        return Visitor(id, masked(begun.session.csrf), begun.cookie, http)


@asynccontextmanager
async def open_house(settings: Settings, **more: Any) -> AsyncIterator[House]:
    async with open_desk(settings, beside=(ingest, notifier, console), **more) as desk:
        desk.context.only(Api).patience = 30.0  # other tests compute meanwhile
        desk.context.only(Api).soon = 30.0
        desk.context.only(Names).whole_seconds = 0.0  # tests change people and plans by the API
        stop = asyncio.Event()
        changes = desk.context.only(Changes)
        listening = asyncio.gather(desk.context.wake.run(stop), changes.run(stop))
        house = House(desk, str(desk.http.base_url))
        try:
            yield house
        finally:
            await asyncio.gather(house.close(), desk.context.only(Api).close())
            desk.context.stopping.set()
            stop.set()
            await listening
