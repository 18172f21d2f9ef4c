"""Trigger on a real database: its API over HTTP, its handler fed with records, a clock that tests
move.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
from aiokafka.structs import ConsumerRecord, TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.counting import CELLS, Place
from services.ingest.tables import totals
from services.ingest.wakeups import total_record
from services.trigger import api
from services.trigger.alerts.watch import Watch
from services.trigger.handler import TriggerHandler
from services.trigger.proposals.judge import Judge
from services.trigger.scheduler import Scheduler
from services.trigger.tables.catalogs import Catalogs
from shared.kafka.records import Headers
from shared.loop import rejected
from shared.loop.turn import Turn
from shared.messages import ACCOUNT_EVENTS, COUNTED_HERE, USAGE_TOTALS, Closed, Message, Tell
from shared.messages.facts import AbsoluteThreshold
from shared.postgres.database import transaction
from shared.runtime.context import Context, make_context
from shared.runtime.server import HttpServer
from shared.runtime.service import Build
from shared.runtime.settings import Settings
from shared.values.periods import NEVER
from shared.web import create_app
from tests.support.trust import TRUST

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)

METERS: dict[str, dict[str, Any]] = {
    "api_calls": {
        "event": "api.request",
        "aggregation": "count",
        "reset": "period",
        "unit": "call",
        "name": {"en": "API calls", "ja": "API呼び出し"},
    },
    "storage": {
        "event": "storage.measured",
        "aggregation": "latest",
        "value": "bytes",
        "reset": "never",
        "unit": "byte",
    },
    "seats": {
        "event": "seat.changed",
        "aggregation": "sum",
        "value": "delta",
        "reset": "never",
        "unit": "seat",
    },
}


def catalog(*plans: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "currency": "USD",
        "meters": METERS,
        "plans": list(plans) or [plan("starter", 1), plan("pro", 2, api_calls=110)],
        **more,
    }


def plan(
    key: str,
    rank: int,
    *,
    api_calls: object = 100,
    storage: object = "10 GB",
    seats: object = 5,
    **more: Any,
) -> dict[str, Any]:
    limits = {"api_calls": api_calls, "storage": storage, "seats": seats}
    return {
        "id": key,
        "rank": rank,
        "price": {"month": rank * 10, "year": rank * 120},
        "limits": limits,
        "features": ["core"],
        **more,
    }


ACCOUNT: dict[str, Any] = {
    "name": "Aozora",
    "locale": "ja-JP",
    "time_zone": "UTC",
    "country": "JP",
    "contacts": [
        {
            "id": "c1",
            "name": "青空 花子",
            "email": "hanako@example.com",
            "role": "owner",
            "locale": "ja-JP",
        },
        {"id": "c2", "name": "Ken", "email": None, "role": "member", "locale": None},
    ],
    "csm": {"id": "u7", "name": "Kato", "email": "kato@example.com"},
    "external_ids": {"hubspot": "812"},
}


def order(plan: str = "starter", started_at: datetime = NOVEMBER, **more: Any) -> dict[str, Any]:
    start = started_at.isoformat().replace("+00:00", "Z")
    return {
        "plan": plan,
        "started_at": start,
        "anchor": None,
        "interval": "month",
        "quantity": 1,
        "renewal_date": None,
    } | more


@dataclass
class Desk:
    """One trigger process without its loop: records are passed to its handler as the loop would."""

    context: Context
    watch: Watch
    handler: TriggerHandler
    scheduler: Scheduler
    http: httpx.AsyncClient
    offset: int = 0
    highest: int = 0
    records: list[ConsumerRecord] = field(default_factory=list)

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        want: int | tuple[int, ...] = 200,
        **more: Any,
    ) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | more.pop("headers", {})
        answer = await self.http.request(method, path, content=content, headers=headers, **more)
        wanted = want if isinstance(want, tuple) else (want,)
        assert answer.status_code in wanted, f"{method} {path}: {answer.status_code} {answer.text}"
        return json.loads(answer.content, parse_float=Decimal) if answer.content else None

    async def opens(
        self, account: str = "acct-42", *, subscription: dict[str, Any] | None = None, **more: Any
    ) -> None:
        """The catalogue, an account, its subscription."""
        await self("PUT", "/v1/catalog", more.pop("catalog", None) or catalog())
        await self("PUT", f"/v1/accounts/{account}", ACCOUNT | more, want=(200, 201))
        await self("PUT", f"/v1/accounts/{account}/subscription", subscription or order())

    # ---- the clock

    def at(self, moment: datetime) -> None:
        self.context.clock.follow(moment - datetime.now(UTC))

    @property
    def now(self) -> datetime:
        return self.context.clock.now()

    async def due(self) -> None:
        """Does what the scheduler would do now."""
        while await self.scheduler.fire(self.now):
            pass

    # ---- records

    async def counts(
        self,
        meter: str,
        *totals: object,
        account: str = "acct-42",
        start: datetime = NOVEMBER,
        end: datetime = DECEMBER,
    ) -> None:
        """Sets the total to each of these as ingest would: updates the row, and wakes trigger only
        at the marks it asked for.
        """
        for total in totals:
            begins, ends = (start, end) if METERS[meter]["reset"] == "period" else (NEVER, None)
            async with transaction(self.context.engine) as conn:
                due = await self._count(conn, (account, meter, begins), ends, Decimal(str(total)))
            for one in due:
                await self.gets(USAGE_TOTALS, total_record(one, None), headers=(COUNTED_HERE,))

    async def _count(
        self, conn: AsyncConnection, place: Place, end: datetime | None, total: Decimal
    ) -> list[totals.Due]:
        """Adds what is missing to the total."""
        aggregation = METERS[place[1]]["aggregation"]
        if aggregation != "latest":
            total -= (
                await conn.execute(
                    _USED, dict(zip(("account", "meter", "start"), place, strict=True))
                )
            ).scalar_one_or_none() or 0
        return await totals.add(conn, {place: CELLS[aggregation](end, total, self.now, 0)})

    async def hears(
        self,
        meter: str,
        used: object,
        *,
        revision: int,
        epoch: int = 0,
        account: str = "acct-42",
        start: datetime = NOVEMBER,
        end: datetime | None = DECEMBER,
        headers: Headers = (),
    ) -> None:
        """A record of usage.totals: from another engine, unless its headers say that our ingest has
        counted.
        """
        period = None if end is None or start == NEVER else {"start": start, "end": end}
        total = {
            "account": account,
            "meter": meter,
            "period": period,
            "used": msgspec.Raw(str(used).encode()),
        }
        value = msgspec.json.encode(
            total | {"last_event_at": self.now, "revision": revision, "epoch": epoch}
        )
        await self.gets(USAGE_TOTALS, value, headers=headers)

    async def learns(
        self,
        type: str,
        data: Any,
        *,
        at: datetime | None = None,
        account: str = "acct-42",
        id: str | None = None,
    ) -> None:
        """A record of account.events."""
        event = {
            "specversion": "1.0",
            "id": id or f"e{self.offset}",
            "source": "/billing",
            "type": type,
            "subject": account,
            "data": data,
        }
        await self.gets(ACCOUNT_EVENTS, msgspec.json.encode(event | {"time": at or self.now}))

    async def gets(self, topic: str, *values: bytes | None, headers: Headers = ()) -> None:
        """One batch of the loop with these records."""
        records = []
        for value in values:
            records.append(_record(topic, self.offset, value, headers))
            self.offset += 1
        self.records += records
        await self._turn(records)

    async def replays(self) -> None:
        """All records once more, in one batch."""
        self.highest = self.offset
        await self._turn(self.records)

    async def _turn(self, records: list[ConsumerRecord]) -> None:
        batch: dict[TopicPartition, list[ConsumerRecord]] = {}
        for record in records:
            batch.setdefault(TopicPartition(record.topic, 0), []).append(record)
        async with transaction(self.context.engine) as conn:
            turn = Turn(
                conn,
                batch,
                dict.fromkeys(batch, self.highest),
                self.now,
                prepared=self.handler.prepare(batch),
            )
            await self.handler.apply(turn)
            await rejected.keep(conn, "trigger", turn.rejects, self.now)
            await self.context.outbox("trigger").write(conn, turn.outgoing)
        for call in turn.callbacks:
            call()

    # ---- what came of it

    async def rows(self, query: str, **given: Any) -> list[Any]:
        async with transaction(self.context.engine) as conn:
            return list(await conn.execute(text(query), given))

    async def messages(self) -> list[Message]:
        """Everything for the notifier so far, in order."""
        rows = await self.rows(
            "select value from outbox where topic = 'plimsoll.messages' order by id"
        )
        return [_MESSAGE.decode(bytes(row.value)) for row in rows]

    async def told(self) -> list[str]:
        """The notices of customers: `api_calls 95`, `seats feature.gated`."""
        return [f"{one.meter} {level(one)}" for one in await self.notices()]

    async def notices(self) -> list[Tell]:
        """What customers are told of their usage. Offers, and what our own people get to do, are
        not among it.
        """
        return [
            one for one in await self.messages() if isinstance(one, Tell) and one.kind in _USAGE
        ]

    async def closed(self) -> list[Closed]:
        return [one for one in await self.messages() if isinstance(one, Closed)]

    async def alerts(self, account: str = "acct-42", **filters: str) -> dict[Any, str]:
        """The newest alert of each threshold: 95 -> "open", 90 -> "resolved limit"."""
        found = await self("GET", "/v1/alerts", params={"account": account, "limit": 500} | filters)
        return {
            key(alert["threshold"]): " ".join(filter(None, (alert["state"], alert["resolution"])))
            for alert in reversed(found["data"])
        }

    async def meter(self, name: str, account: str = "acct-42", **params: str) -> dict[str, Any]:
        usage = await self("GET", f"/v1/accounts/{account}/usage", params=params)
        found: dict[str, Any] = next(meter for meter in usage["meters"] if meter["meter"] == name)
        return found


async def until(probe: Callable[[], Awaitable[object]], seconds: float = 60) -> None:
    """Polls until the probe finds something."""
    for _ in range(int(seconds / 0.02)):
        if await probe():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def level(message: Tell) -> object:
    if isinstance(message.threshold, AbsoluteThreshold):
        return f"at {message.threshold.at}"
    return message.kind if message.threshold is None else message.threshold


def key(threshold: Any) -> Any:
    return f"at {threshold['at']}" if isinstance(threshold, dict) else threshold


_USAGE = ("usage.threshold", "feature.gated")
_MESSAGE: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_USED = text(
    "select used from usage_total "
    "where account = :account and meter = :meter and period_start = :start"
)


def _record(topic: str, offset: int, value: bytes | None, headers: Headers) -> ConsumerRecord:
    return ConsumerRecord(
        topic, 0, offset, 0, 0, b"acct-42", value, None, 0, len(value or b""), tuple(headers)
    )


@asynccontextmanager
async def open_desk(
    settings: Settings,
    *,
    judgement: Judge | None = None,
    now: datetime = NOVEMBER + timedelta(days=14),
    beside: Sequence[Build] = (),
) -> AsyncIterator[Desk]:
    """`beside`: other services whose routes are served too, as the API of one process."""
    context = make_context(settings, name="trigger-test")
    watch = Watch(Catalogs(), judgement or Judge(Catalogs()))
    context.give(watch)
    others = [router for build in beside for router in build(context).routers]
    app = create_app(context, [*api.routers(), *others], {})
    context.api = app if beside else None
    server = HttpServer(app, "127.0.0.1", 0)
    await server.start()
    try:
        headers = {"Authorization": f"Bearer {settings.admin_key}"}
        async with httpx.AsyncClient(
            verify=TRUST, base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=120
        ) as http:
            desk = Desk(context, watch, TriggerHandler(watch), Scheduler(context, watch), http)
            desk.at(now)
            yield desk
    finally:
        await asyncio.gather(server.stop())
        await context.close()
