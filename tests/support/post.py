"""Notifier on a real database, with a real mail server, CRM and webhook receiver: messages are
passed to its handler as the loop would.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
from aiokafka.structs import ConsumerRecord, TopicPartition
from sqlalchemy import text

from plimsoll.demo.crm import Crm
from plimsoll.demo.crm_http import Answer, CrmServer, Request, Respond
from services.notifier import api
from services.notifier.channels import api as channels_api
from services.notifier.channels.live import Channels
from services.notifier.channels.registry import KINDS
from services.notifier.channels.settings import Settings as ChannelSettings
from services.notifier.delivery.in_app import InAppWorker
from services.notifier.delivery.presence import Presence
from services.notifier.delivery.wakeups import Wakeups
from services.notifier.delivery.worker import Worker
from services.notifier.feedback import page as feedback_page
from services.notifier.handler import MessageHandler
from services.notifier.readings.reader import Reader
from services.notifier.unsubscribe import page
from shared.loop import rejected
from shared.loop.turn import Turn
from shared.messages import MESSAGES, Closed, ClosedAlert, People, Recipient, Task, Tell
from shared.postgres.database import transaction
from shared.runtime.context import Context, make_context
from shared.runtime.server import HttpServer
from shared.runtime.settings import Settings
from shared.web import create_app
from tests.support.smtp import FaultyServer
from tests.support.trust import TRUST
from tests.unit.notifier.samples import facts

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""A Monday, twelve o'clock in Tokyo."""
TOKEN = "pat-na1-canary-0123456789"
CONTACTS = (
    ("c1", "青空 花子", "hanako@example.com", "owner"),
    ("c2", "佐藤 健", "ken@example.com", "member"),
)


class Hook:
    """A webhook receiver: keeps every request, responds with the given answers, then 200."""

    def __init__(self) -> None:
        self.answers: list[Answer | None] = []
        self.requests: list[Request] = []
        self._respond: Respond = self._answer
        self._server = CrmServer(lambda request: self._respond(request))

    def respond(self, how: Respond) -> None:
        """Used instead of `answers`."""
        self._respond = how

    async def start(self) -> str:
        return await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    async def _answer(self, request: Request) -> Answer | None:
        self.requests.append(request)
        return self.answers.pop(0) if self.answers else Answer(200, {})


@dataclass
class Office:
    """One notifier process without its loop."""

    context: Context
    wakeups: Wakeups
    presence: Presence
    handler: MessageHandler
    workers: Mapping[str, Worker]
    http: httpx.AsyncClient
    mail: FaultyServer
    crm: Crm
    hook: Hook
    addresses: dict[str, str]
    stop: asyncio.Event
    tasks: list["asyncio.Task[None]"]
    offset: int = 0
    records: list[ConsumerRecord] = field(default_factory=list)

    async def __call__(
        self, method: str, path: str, body: Any = None, *, want: int = 200, **more: Any
    ) -> Any:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        content = None if body is None else json.dumps(body).encode()
        answer = await self.http.request(method, path, content=content, headers=headers, **more)
        assert answer.status_code == want, f"{method} {path}: {answer.status_code} {answer.text}"
        return json.loads(answer.content, parse_float=Decimal) if answer.content else None

    # ---- the clock

    @property
    def now(self) -> datetime:
        return self.context.clock.now()

    def at(self, moment: datetime) -> None:
        self.context.clock.follow(moment - datetime.now(UTC))

    def passes(self, **duration: float) -> None:
        """Moves the clock, and makes the workers look immediately instead of within a second."""
        self.context.clock.follow(self.context.clock.offset + timedelta(**duration))
        for channel in KINDS.channels:
            self.wakeups.local(channel)

    # ---- what the trigger does

    async def opens(
        self,
        account: str = "acct-42",
        contacts: Sequence[tuple[str, str, str | None, str]] = CONTACTS,
    ) -> None:
        async with transaction(self.context.engine) as conn:
            await conn.execute(_ACCOUNT, {"id": account, "now": self.now})
            for position, (id, name, email, role) in enumerate(contacts):
                await conn.execute(
                    _CONTACT,
                    {
                        "account": account,
                        "id": id,
                        "position": position,
                        "name": name,
                        "email": email,
                        "role": role,
                    },
                )

    async def alert(
        self, id: str, state: str = "open", account: str = "acct-42", threshold: str = "95"
    ) -> None:
        """The state that trigger's transaction leaves before its message arrives."""
        resolution = "limit" if state == "resolved" else None
        given = {
            "id": id,
            "account": account,
            "threshold": threshold,
            "state": state,
            "resolution": resolution,
            "now": self.now,
        }
        async with transaction(self.context.engine) as conn:
            await conn.execute(_ALERT, given)

    def tell(
        self, alert: str | None, threshold: int | None = 95, account: str = "acct-42", **other: Any
    ) -> Tell[dict[str, Any]]:
        told = facts(percent=threshold, threshold=threshold, used=str((threshold or 0) * 100))
        told["account"] |= {"id": account}
        given: dict[str, Any] = {
            "key": alert or "tell-None",  # as in trigger
            "kind": "usage.threshold",
            "cls": "notice",
            "account": account,
            "created_at": self.now,
            "facts": told,
            "recipients": (Recipient("c1"), Recipient("c2")),
            "meter": "api_calls",
            "threshold": threshold,
            "alert": alert,
            "decision": "d1",
            "received_at": self.now,
        }
        return Tell(**(given | other))

    def task(self, key: str = "a" * 32, priority: str = "low", **other: Any) -> Task:
        given: dict[str, Any] = {
            "key": key,
            "purpose": "usage",
            "priority": priority,
            "owner": {"email": "kato@example.com"},
        }
        return Task(**(given | other))

    def close(
        self, *alerts: str, state: str = "superseded", cured: bool = False, account: str = "acct-42"
    ) -> Closed:
        ended = tuple(
            ClosedAlert(alert, state, "limit" if state == "resolved" else None)  # type: ignore[arg-type]
            for alert in alerts
        )
        return Closed(f"closed-{'-'.join(alerts)}", account, "api_calls", self.now, ended, cured)

    async def raised(
        self, alert: str, threshold: int = 95, account: str = "acct-42", **other: Any
    ) -> Tell[dict[str, Any]]:
        """Stores the alert and handles its message."""
        await self.alert(alert, account=account, threshold=str(threshold))
        message = self.tell(alert, threshold, account, **other)
        await self.hears(message)
        return message

    async def over(self, *alerts: str, state: str = "superseded", cured: bool = False) -> None:
        for alert in alerts:
            await self.alert(alert, state)
        await self.hears(self.close(*alerts, state=state, cured=cured))

    async def hears(self, *messages: Tell[Any] | Closed | People | bytes | None) -> None:
        """One batch of the loop."""
        values = [
            one if one is None or isinstance(one, bytes) else msgspec.json.encode(one)
            for one in messages
        ]
        fresh = [_record(self.offset + n, value) for n, value in enumerate(values)]
        self.offset += len(fresh)
        self.records += fresh
        await self._turn(fresh, highest=self.offset - len(fresh))

    async def hears_again(self, *, highest: int | None = None) -> None:
        """Handles every record again: as a replay, or with `highest` 0 as records that only look
        new (a relay that published twice).
        """
        await self._turn(self.records, highest=self.offset if highest is None else highest)

    async def _turn(self, records: list[ConsumerRecord], highest: int) -> None:
        place = TopicPartition(MESSAGES, 0)
        async with transaction(self.context.engine) as conn:
            batch = {place: records}
            turn = Turn(
                conn, batch, {place: highest}, self.now, prepared=self.handler.prepare(batch)
            )
            await self.handler.apply(turn)
            await rejected.keep(conn, "notifier", turn.rejects, self.now)
            await self.context.outbox("notifier").write(conn, turn.outgoing)
        for call in turn.callbacks:
            call()

    # ---- channels

    async def sets(self, *names: str) -> None:
        bodies = {
            "email": {
                "url": f"smtp://{self.addresses['email']}",
                "from": "Plimsoll <alerts@vendor.example>",
            },
            "webhook": {"url": self.addresses["webhook"]},
            "hubspot": {"url": self.addresses["hubspot"], "token": TOKEN},
        }
        for name in names:
            await self("PUT", f"/v1/channels/{name}", bodies[name])

    # ---- what came of it

    async def rows(self, query: str, **given: Any) -> list[Any]:
        async with transaction(self.context.engine) as conn:
            return list(await conn.execute(text(query), given))

    async def deliveries(self, channel: str, **filters: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (
            await self("GET", "/v1/deliveries", params={"channel": channel, "limit": 500} | filters)
        )["data"]
        return found[::-1]

    async def states(self, channel: str) -> list[str]:
        return [delivery["state"] for delivery in await self.deliveries(channel)]

    async def until(
        self, channel: str, *states: str, seconds: float = 30.0
    ) -> list[dict[str, Any]]:
        """Waits until the channel's deliveries are in these states, oldest first."""
        end = asyncio.get_running_loop().time() + seconds
        while (found := await self.deliveries(channel)) is not None:
            if [delivery["state"] for delivery in found] == list(states):
                return found
            assert asyncio.get_running_loop().time() < end, f"{channel}: {found}"
            await asyncio.sleep(0.02)
        raise AssertionError

    async def digest(self) -> dict[str, Any]:
        """Everything that a replay must not change."""
        tables = ("notification", "delivery", "inbox_item", "crm_task", "closing")
        return {
            table: (
                await self.rows(
                    "select count(*), md5(string_agg(t::text, '|' order by t::text)) "
                    f"from {table} t"
                )
            )[0]
            for table in tables
        }


_ACCOUNT = text(
    """
    insert into account (id, name, locale, time_zone, country, csm, external_ids, created_at,
        updated_at)
    values (:id, 'Aozora', 'ja-JP', 'Asia/Tokyo', 'JP',
        '{"id": "u7", "name": "Kato", "email": "kato@example.com"}',
            '{"hubspot": "812"}', :now, :now)
    """.replace('": "', '"\\: "')
)
_CONTACT = text(
    "insert into contact (account, id, position, name, email, role, locale) "
    "values (:account, :id, :position, :name, :email, :role, 'ja-JP')"
)
_ALERT = text(
    """
    insert into alert (id, account, meter, period_start, threshold, epoch, state, resolution,
        again, used, "limit", percent, reached_at,
    resolved_at, notified, decision)
    values (:id, :account, 'api_calls', '2026-11-01Z', :threshold, :id, :state,
        cast(:resolution as text), false, 9600, 10000, 96, :now,
            case when :state = 'resolved' then cast(:now as timestamptz) end, true, 'd1')
    on conflict (id) do update set state = excluded.state, resolution = excluded.resolution,
        resolved_at = excluded.resolved_at
    """
)


def _record(offset: int, value: bytes | None) -> ConsumerRecord:
    return ConsumerRecord(
        MESSAGES, 0, offset, 0, 0, b"acct-42", value, None, 0, len(value or b""), ()
    )


OWNERS = {"kato@example.com": "64492917"}


def _server(context: Context, channels: Channels, wakeups: Wakeups) -> HttpServer:
    routers = [
        api.make_router(wakeups),
        channels_api.make_router(ChannelSettings(context, channels, wakeups)),
        page.routes,
        feedback_page.routes,
    ]
    return HttpServer(create_app(context, routers, {}), "127.0.0.1", 0)


def _client(server: HttpServer, settings: Settings) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=TRUST,
        base_url=f"http://127.0.0.1:{server.port}",
        headers={"Authorization": f"Bearer {settings.admin_key}"},
        timeout=30,
        trust_env=False,
    )


@asynccontextmanager
async def open_office(
    settings: Settings, *, workers: Sequence[str] | None = None, now: datetime = NOON
) -> AsyncIterator[Office]:
    """`workers`: the channels whose workers run; None: all."""
    mail, crm, hook = FaultyServer(), Crm(token=TOKEN, owners=OWNERS), Hook()
    urls = {
        "email": await mail.start(),
        "hubspot": await crm.start(),
        "webhook": await hook.start(),
    }
    context = make_context(settings, name="notifier-test")
    wakeups, channels = Wakeups(context.wake), Channels(context)
    presence = Presence(context)
    made = {kind.name: Worker(context, kind.name, channels, wakeups, presence) for kind in KINDS}
    server = _server(context, channels, wakeups)
    await server.start()
    stop = asyncio.Event()
    readers = [Reader(context, kind.name, channels, wakeups) for kind in KINDS.to("crm")]
    running = [
        made[name].run if name in made else InAppWorker(context, wakeups).run
        for name in KINDS.channels
        if workers is None or name in workers
    ]
    context.clock.follow(now - datetime.now(UTC))
    running += [one.run for one in readers if workers is None or one.name in workers]
    tasks = [asyncio.create_task(work(stop)) for work in (context.wake.run, presence.run, *running)]
    try:
        async with _client(server, settings) as http:
            handler = MessageHandler(context.clock, channels, wakeups)
            yield Office(
                context, wakeups, presence, handler, made, http, mail, crm, hook, urls, stop, tasks
            )
    finally:
        stop.set()
        await asyncio.gather(*tasks)
        await server.stop()
        await channels.aclose()
        await context.close()
        await asyncio.gather(mail.stop(), crm.stop(), hook.stop())
