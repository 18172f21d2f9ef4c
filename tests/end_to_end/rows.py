"""All three services with the test clock, and accounts with usage, for test_semantics."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.ingest.service import build as ingest
from services.notifier.service import build as notifier
from services.trigger.service import build as trigger
from shared.kafka.probe import KafkaProbe
from shared.loop.rewind import rewind
from shared.messages import USAGE_EVENTS
from shared.postgres.database import create_engine, transaction
from shared.runtime.settings import Settings
from tests.support.moved_clock import clock_moved, clock_of, settled
from tests.support.serving import serving

GB = 10**9
START = datetime(2026, 11, 15, tzinfo=UTC)
NOVEMBER, DECEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
CATALOG: dict[str, Any] = {
    "currency": "USD",
    "meters": {
        "traffic": {
            "event": "traffic.seen",
            "aggregation": "sum",
            "value": "amount",
            "reset": "period",
            "unit": "call",
        },
        "calls": {
            "event": "api.request",
            "aggregation": "count",
            "reset": "period",
            "unit": "call",
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
    },
    "plans": [
        {
            "id": name,
            "rank": rank,
            "price": 10 * rank,
            "limits": {"traffic": 100 * rank, "calls": 500, "storage": "10 GB", "seats": 5},
        }
        for rank, name in enumerate(("small", "large"), start=1)
    ],
}
_EVENTS = {
    "traffic": ("traffic.seen", "amount"),
    "storage": ("storage.measured", "bytes"),
    "seats": ("seat.changed", "delta"),
}
_numbers = itertools.count(1)


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@dataclass
class Rows:
    """One installation. `http` has the admin key."""

    http: httpx.AsyncClient
    producer: AIOKafkaProducer
    engine: AsyncEngine
    settings: Settings

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = await self.http.request(method, path, json=body, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return json.loads(answer.content, parse_float=Decimal) if answer.content else None

    async def now(self) -> datetime:
        return await clock_of(self.http)

    async def quiet(self) -> None:
        """Waits until everything sent is counted, decided and delivered: the test clock knows."""
        await settled(self.http)

    async def move_clock(self, to: datetime) -> None:
        await clock_moved(self.http, to)

    async def account(
        self, name: str, *, zone: str = "UTC", started: datetime = NOVEMBER, **order: Any
    ) -> "Teller":
        contacts = [{"id": "c1", "name": "Hanako", "email": "hanako@example.com", "role": "owner"}]
        await self(
            "PUT", f"/v1/accounts/{name}", {"name": name, "time_zone": zone, "contacts": contacts}
        )
        teller = Teller(self, name)
        await teller.subscribes("small", started=started, **order)
        return teller

    async def replay(self) -> None:
        """Every service reads its topics again from the beginning."""
        probe = KafkaProbe(self.settings)
        try:
            for service in ("ingest", "trigger", "notifier"):
                await rewind(self.engine, probe, service, None)
        finally:
            await probe.close()

    async def digest(self, *tables: str) -> dict[str, list[str]]:
        found = {}
        async with transaction(self.engine) as conn:
            for table in tables:
                rows = await conn.execute(
                    text(f"select to_jsonb(t)::text as row from {table} t order by 1")
                )
                found[table] = [row.row for row in rows]
        return found


@dataclass
class Teller:
    """One account's story."""

    rows: Rows
    name: str

    @property
    def path(self) -> str:
        return f"/v1/accounts/{self.name}"

    async def subscribes(self, plan: str, *, started: datetime = NOVEMBER, **order: Any) -> None:
        await self.rows(
            "PUT", f"{self.path}/subscription", {"plan": plan, "started_at": iso(started)} | order
        )

    async def is_allowed(self, meter: str, limit: object) -> None:
        await self.rows("PUT", f"{self.path}/limits/{meter}", {"limit": limit})

    async def uses(
        self,
        meter: str,
        amount: object,
        *,
        at: datetime | None = None,
        correction: bool = False,
        quiet: bool = True,
    ) -> None:
        """Sends one event over Kafka; with `quiet`, waits until all services have handled it."""
        type_, field_ = _EVENTS[meter]
        data = {field_: amount} | ({"correction": True} if correction else {})
        await self.sends([self.event(type_, data, at or await self.rows.now())])
        if quiet:
            await self.rows.quiet()

    async def sends(self, events: Sequence[dict[str, Any]]) -> None:
        topic, key = self.rows.settings.topic_prefix + USAGE_EVENTS, self.name.encode()
        sent = [
            await self.rows.producer.send(topic, json.dumps(event).encode(), key=key)
            for event in events
        ]
        await asyncio.gather(*sent)

    def event(self, type_: str, data: dict[str, Any], at: datetime) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": f"e{next(_numbers)}",
            "source": "/rows",
            "type": type_,
            "subject": self.name,
            "time": iso(at),
            "data": data,
        }

    async def alerts(self, **filters: str) -> list[dict[str, Any]]:
        """Oldest first."""
        found = await self.rows(
            "GET", "/v1/alerts", params={"account": self.name, "limit": "500"} | filters
        )
        return list(reversed(found["data"]))

    async def states(self, **filters: str) -> dict[int, str]:
        """The newest alert of each threshold: 95 -> "open", 90 -> "resolved limit"."""
        return {
            alert["threshold"]: " ".join(filter(None, (alert["state"], alert["resolution"])))
            for alert in await self.alerts(**filters)
        }

    async def told(self) -> list[int]:
        """The thresholds that the contact was notified about, oldest first: one message each."""
        found = await self.rows(
            "GET", "/v1/notifications", params={"account": self.name, "limit": "500"}
        )
        mine = [
            one
            for one in found["data"]
            if one["contact"] == "c1" and one["kind"] == "usage.threshold"
        ]
        return [one["threshold"] for one in reversed(mine)]

    async def banner(self) -> list[int]:
        """What the inbox shows now."""
        token = (
            await self.rows(
                "POST", "/v1/inbox/tokens", {"account": self.name, "contact": "c1", "ttl": 600}
            )
        )["token"]
        active = await self.rows(
            "GET", "/v1/inbox/active", headers={"Authorization": f"Bearer {token}"}
        )
        return [item["threshold"] for item in active["data"]]

    async def meter(self, name: str, **params: str) -> dict[str, Any]:
        usage = await self.rows("GET", f"{self.path}/usage", params=params)
        found: dict[str, Any] = next(meter for meter in usage["meters"] if meter["meter"] == name)
        return found


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Rows]:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, name="rows", pool_size=2)
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap_servers, enable_idempotence=True
    )
    await producer.start()
    try:
        async with serving(settings, [ingest, trigger, notifier]) as served:
            rows = Rows(served.client, producer, engine, settings)
            await rows.move_clock(START)
            await rows("PUT", "/v1/catalog", CATALOG)
            yield rows
    finally:
        await producer.stop()
        await engine.dispose()
