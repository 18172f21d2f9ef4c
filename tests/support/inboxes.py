"""The notifier's inbox as one running HTTP server on a real database: accounts, messages to their
contacts, and end users who read them.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import httpx
from fastapi import APIRouter
from sqlalchemy import text

from services.notifier.inbox import inbox
from services.notifier.inbox import token as inbox_token
from services.notifier.inbox.api import routes
from services.notifier.inbox.stream import Hub
from services.notifier.rows import Item
from services.notifier.widget import routes as widget_routes
from shared.postgres.database import transaction
from shared.runtime.context import Context, make_context
from shared.runtime.server import HttpServer
from shared.runtime.settings import Settings
from shared.web import create_app
from tests.support.catalogs import catalog
from tests.support.told import told
from tests.support.trust import TRUST

CASE = catalog("case")
GB = 10**9
NAME, EMAIL = "青空 花子", "hanako@example.com"


@dataclass
class Office:
    context: Context
    hub: Hub
    url: str
    http: httpx.AsyncClient
    stop: Callable[[], Awaitable[None]]

    async def account(
        self, *contacts: str, locale: str | None = "ja-JP", role: str = "owner"
    ) -> str:
        """A new account with these contacts; its id."""
        account = f"a-{secrets.token_hex(6)}"
        async with transaction(self.context.engine) as conn:
            await conn.execute(_ACCOUNT, {"id": account, "now": self.context.clock.now()})
            for position, contact in enumerate(contacts):
                row = {
                    "account": account,
                    "id": contact,
                    "position": position,
                    "role": role,
                    "locale": locale,
                    "name": NAME,
                    "email": EMAIL,
                }
                await conn.execute(_CONTACT, row)
        return account

    async def join(
        self, account: str, contact: str, *, name: str = NAME, email: str = EMAIL
    ) -> None:
        row = {
            "account": account,
            "id": contact,
            "position": 9,
            "role": "owner",
            "locale": "ja-JP",
            "name": name,
            "email": email,
        }
        async with transaction(self.context.engine) as conn:
            await conn.execute(_CONTACT, row)

    async def change(self, account: str, contact: str, **values: str) -> None:
        changes = ", ".join(f"{name} = :{name}" for name in values)
        async with transaction(self.context.engine) as conn:
            await conn.execute(
                text(f"update contact set {changes} where account = :a and id = :c"),
                {"a": account, "c": contact, **values},
            )

    async def leave(self, account: str, contact: str) -> None:
        async with transaction(self.context.engine) as conn:
            await conn.execute(
                text("delete from contact where account = :a and id = :c"),
                {"a": account, "c": contact},
            )

    async def tell(
        self,
        account: str,
        *contacts: str,
        alert: str | None = "",
        threshold: Any = 90,
        used: int | str = 9 * GB,
        kind: str = "usage.threshold",
        cls: str = "notice",
        proposal: Any = None,
        plain: bool = False,
        closes: str | None = None,
        directly: bool = False,
        **facts: Any,
    ) -> str:
        """One message to these contacts in one transaction, like the handler; returns the alert's
        id. `closes`: the alert it supersedes. `directly`: told to the streams here, as by the
        handler of their own process; otherwise as by another process.
        """
        alert = secrets.token_hex(16) if alert == "" else alert
        now = self.context.clock.now()
        said = told(CASE, "basic", "storage", used, threshold=threshold, proposal=proposal) | facts
        common = {"kind": kind, "class": cls, "now": now, **_columns(said, threshold, proposal)}
        items, origin = [], self.context.wake.origin if directly else ""
        async with transaction(self.context.engine) as conn:
            for contact in contacts:
                item = Item(secrets.token_hex(16), account, contact, alert, plain, now)
                owned = {"id": item.id, "account": account, "contact": contact, "alert": alert}
                await conn.execute(_NOTIFICATION, common | owned)
                items.append(item)
            if closes:
                await inbox.close_items(conn, [closes], now, replaced=True)
            moved = await inbox.put_items(conn, items, origin)
        if directly:
            self.hub.moved(moved)
        return alert or items[0].id

    async def cure(self, *alerts: str) -> None:
        async with transaction(self.context.engine) as conn:
            await inbox.close_items(conn, alerts, self.context.clock.now(), replaced=False)

    def token(self, account: str, contact: str = "c1", ttl: float = 3600) -> str:
        now = self.context.clock.now() + timedelta(seconds=ttl - 3600)
        return inbox_token.mint(
            self.context.signer, account, contact, inbox.person(NAME, EMAIL), 3600, now
        )[0]

    def reader(self, account: str, contact: str = "c1", ttl: float = 3600) -> "EndUser":
        return EndUser(self.http, self.token(account, contact, ttl))


@dataclass
class EndUser:
    """A browser with a token."""

    http: httpx.AsyncClient
    token: str

    async def __call__(self, method: str, path: str = "", **more: Any) -> Any:
        answer = await self.raw(method, path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def raw(self, method: str, path: str = "", **more: Any) -> httpx.Response:
        return await self.http.request(
            method, f"/v1/inbox{path}", headers={"Authorization": f"Bearer {self.token}"}, **more
        )

    async def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self("GET"))["data"]
        return found

    def listen(self, last: int | None = None) -> "Stream":
        return Stream(self, last)


@dataclass(frozen=True)
class Event:
    name: str
    id: int
    data: Any


@dataclass
class Stream:
    """An open event stream: `await stream.next()` returns the next event, `comments` those seen so
    far.
    """

    user: EndUser
    last: int | None = None
    comments: list[str] = field(default_factory=list)
    retry: int | None = None
    headers: Any = None

    async def __aenter__(self) -> Self:
        headers = {
            "Authorization": f"Bearer {self.user.token}",
            **({} if self.last is None else {"Last-Event-ID": str(self.last)}),
        }
        self._context = self.user.http.stream(
            "GET", "/v1/inbox/stream", headers=headers, timeout=30
        )
        self._response = await self._context.__aenter__()
        assert self._response.status_code == 200, (await self._response.aread()).decode()
        self.headers = self._response.headers
        self._lines = self._response.aiter_lines()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._context.__aexit__(None, None, None)

    async def next(self, seconds: float = 30) -> Event:
        async with asyncio.timeout(seconds):
            fields: dict[str, str] = {}
            async for line in self._lines:
                if line.startswith(":"):
                    self.comments.append(line[1:].strip())
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    return Event(fields["event"], int(fields["id"]), json.loads(fields["data"]))
                elif "retry" in fields:
                    self.retry = int(fields.pop("retry"))
            raise EndOfStream

    async def until(self, name: str, seconds: float = 30) -> Event:
        while (event := await self.next(seconds)).name != name:
            pass
        return event


class EndOfStream(Exception):
    """Whether the server has ended the stream."""


@asynccontextmanager
async def open_office(
    settings: Settings, moment: datetime | None = None, routers: Sequence[APIRouter] = ()
) -> AsyncIterator[Office]:
    """`moment`: the time, as with the test clock. `routers`: further routes of the server."""
    context = make_context(settings, name="inbox-test")
    if moment is not None:
        context.clock.follow(moment - context.clock.now())
    hub = Hub(context)
    server = HttpServer(
        create_app(context, [routes(hub), widget_routes(context), *routers], {}), "127.0.0.1", 0
    )
    ending = asyncio.Event()
    tasks = [asyncio.create_task(context.wake.run(ending)), asyncio.create_task(hub.run(ending))]
    await server.start()
    url = f"http://127.0.0.1:{server.port}"

    async def stop() -> None:
        ending.set()
        await asyncio.gather(server.stop(), *tasks)

    try:
        async with httpx.AsyncClient(
            verify=TRUST, base_url=url, limits=httpx.Limits(max_connections=300)
        ) as http:
            yield Office(context, hub, url, http, stop)
    finally:
        await stop()
        await context.close()


_ACCOUNT = text(
    """
    insert into account (id, name, locale, time_zone, external_ids, created_at, updated_at)
    values (:id, 'Aozora', 'ja-JP', 'Asia/Tokyo', '{}', :now, :now)
    """
)
_CONTACT = text(
    """
    insert into contact (account, id, position, name, email, role, locale)
    values (:account, :id, :position, :name, :email, :role, :locale)
    """
)
_NOTIFICATION = text(
    """
    insert into notification (id, key, recipient, account, contact, kind, class, meter, threshold,
        alert, proposes, facts, created_at)
    values (:id, coalesce(:alert, :id), 'contact:' || :contact, :account, :contact, :kind, :class,
        'storage', cast(:threshold as jsonb),
            :alert, :proposes, cast(:facts as jsonb), :now)
    """
)


def _columns(said: dict[str, Any], threshold: Any, proposal: Any) -> dict[str, Any]:
    return {
        "facts": json.dumps(said),
        "threshold": json.dumps(threshold),
        "proposes": proposal["plan"]["id"] if proposal else None,
    }
