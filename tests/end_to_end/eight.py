"""The eight demo accounts, played to all three services, and the results as text."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from aiokafka import AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.ingest.service import build as ingest
from services.notifier.service import build as notifier
from services.trigger.service import build as trigger
from shared.kafka.clients import ensure_topics
from shared.messages import Task
from shared.postgres.database import create_engine
from shared.runtime.settings import Settings, load_settings
from tests.support.mailboxes import TestMailbox
from tests.support.moved_clock import clock_moved, settled
from tests.support.serving import serving
from tests.support.texts import task_text

CATALOG = Path(__file__).parents[2] / "plimsoll" / "demo" / "catalog.yaml"
DEMO = CATALOG.read_bytes()
START = "2025-09-16T00:00:00Z"
GB = 10**9
_WAIT_SECONDS = 30


@dataclass
class Town:
    """All services with the test clock, a mailbox, and a client with the admin key."""

    http: httpx.AsyncClient
    producer: AIOKafkaProducer
    engine: AsyncEngine
    mailbox: TestMailbox
    prefix: str
    count: int = 0

    def account(self, name: str, **more: Any) -> "Teller":
        return Teller(self, name.lower(), name, more)

    async def move_clock(self, now: str) -> None:
        await clock_moved(self.http, datetime.fromisoformat(now))

    async def settled(self) -> None:
        """Waits until nothing is in progress: moving the clock answers once due work is done."""
        await settled(self.http)

    def event(self, account: str, type_: str, at: str, data: Mapping[str, Any]) -> dict[str, Any]:
        self.count += 1
        event = {
            "specversion": "1.0",
            "id": f"e{self.count}",
            "source": "/demo",
            "type": type_,
            "subject": account,
            "time": at,
        }
        return {**event, "data": dict(data)}


@dataclass
class Teller:
    """Tells one account's story."""

    town: Town
    id: str
    name: str
    more: dict[str, Any] = field(default_factory=dict)

    async def opens(self, plan: str | None, since: str, **order: Any) -> None:
        body = {
            "name": self.name,
            "locale": "ja-JP",
            "time_zone": "Asia/Tokyo",
            "country": "JP",
            "contacts": [
                {
                    "id": "c1",
                    "name": f"{self.name} 花子",
                    "email": f"{self.id}@example.com",
                    "role": "owner",
                }
            ],
            "csm": {"id": "u7", "name": "Kato", "email": "kato@example.com"},
            **self.more,
        }
        (await self.town.http.put(f"/v1/accounts/{self.id}", json=body)).raise_for_status()
        if plan:
            await self.subscribes(plan, since, **order)

    async def subscribes(self, plan: str, since: str, **order: Any) -> None:
        body = {"plan": plan, "started_at": f"{since}T00:00:00Z", **order}
        answer = await self.town.http.put(f"/v1/accounts/{self.id}/subscription", json=body)
        assert answer.status_code == 200, answer.text

    async def says(self, type_: str, at: str = START, **data: Any) -> None:
        """Sends a fact over HTTP and waits until it is listed: then its decision is stored."""
        event = self.town.event(
            self.id, type_, at, {key.rstrip("_"): value for key, value in data.items()}
        )
        await self._post([event])

    async def lived(self, days: int, *facts: tuple[str, str, dict[str, Any]]) -> None:
        """History: this many active days in the last 30, and other facts."""
        events = [
            self.town.event(
                self.id, "login.recorded", f"2025-09-{1 + index % 15:02}T03:00:00Z", {"user": "u1"}
            )
            for index in range(min(days, 15))
        ]
        events += [
            self.town.event(
                self.id, "login.recorded", f"2025-08-{31 - index:02}T03:00:00Z", {"user": "u1"}
            )
            for index in range(days - 15)
        ]
        events += [
            self.town.event(self.id, type_, f"{day}T03:00:00Z", data) for type_, day, data in facts
        ]
        await self._post(events)

    async def _post(self, events: list[dict[str, Any]]) -> None:
        headers = {"Content-Type": "application/cloudevents-batch+json"}
        answer = await self.town.http.post(
            "/v1/signals", content=json.dumps(events), headers=headers
        )
        assert answer.status_code == 202, answer.text
        wanted = {event["id"] for event in events}
        await self.until(lambda: self._listed(wanted))

    async def _listed(self, wanted: set[str]) -> bool:
        facts = (await self.town.http.get(f"/v1/accounts/{self.id}/facts?limit=500")).json()["data"]
        return wanted <= {fact["id"] for fact in facts}

    async def uses(
        self, meter: str, total: int, type_: str, data: Mapping[str, Any], at: str = START
    ) -> None:
        """Sends a usage event over Kafka and waits until it is counted."""
        event = self.town.event(self.id, type_, at, data)
        await self.town.producer.send_and_wait(
            f"{self.town.prefix}usage.events", json.dumps(event).encode(), key=self.id.encode()
        )
        await self.until(lambda: self._counted(meter, total))

    async def _counted(self, meter: str, total: int) -> bool:
        usage = (await self.town.http.get(f"/v1/accounts/{self.id}/usage")).json()
        return any(one["meter"] == meter and one["used"] == total for one in usage["meters"])

    async def decided(self, count: int) -> list[dict[str, Any]]:
        """All decisions, oldest first, once there are this many."""

        async def enough() -> bool:
            return len(await self._decisions()) >= count

        await self.until(enough)
        return await self._decisions()

    async def _decisions(self) -> list[dict[str, Any]]:
        found = (await self.town.http.get(f"/v1/decisions?account={self.id}&limit=500")).json()[
            "data"
        ]
        return list(reversed(found))

    async def until(self, probe: Callable[[], Any]) -> None:
        """Asks ever less often: an answer takes the services, which compute in this process, longer
        than most of what is waited for.
        """
        end, pause = time.monotonic() + _WAIT_SECONDS, 0.05
        while not await probe():
            assert time.monotonic() < end, f"{self.name}: not within {_WAIT_SECONDS} s"
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, 0.5)

    async def read(self, path: str) -> Any:
        answer = await self.town.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def inbox(self) -> list[dict[str, Any]]:
        token = (
            await self.town.http.post(
                "/v1/inbox/tokens", json={"account": self.id, "contact": "c1", "ttl": 3600}
            )
        ).json()["token"]
        answer = await self.town.http.get("/v1/inbox", headers={"Authorization": f"Bearer {token}"})
        return list(reversed(answer.json()["data"]))

    async def tasks(self) -> list[str]:
        """What our own people read, oldest first."""
        async with self.town.engine.connect() as conn:
            rows = (await conn.execute(_NOTED, {"account": self.id})).all()
        return list(dict.fromkeys(sorted_by_moment(rows)))

    async def mails(self) -> list[str]:
        return [
            _body(mail) for to, mail in self.town.mailbox.mails if to == f"{self.id}@example.com"
        ]

    async def mailed(self, count: int) -> None:
        """Waits until this many mails have arrived: a later alert would replace waiting ones."""

        async def arrived() -> bool:
            return len(await self.mails()) >= count

        await self.until(arrived)

    async def told(self) -> str:
        """The whole story as people read it."""
        parts = [f"# {self.name}", ""]
        for decision in await self._decisions():
            parts += _decision(decision)
        parts += [
            f"## In the inbox: {item['title']}\n\n{item['body']}\n" for item in await self.inbox()
        ]
        parts += [f"## By mail\n\n{mail}\n" for mail in await self.mails()]
        parts += [f"## For the CSM\n\n{task}\n" for task in await self.tasks()]
        found = (await self.read(f"/v1/opportunities?account={self.id}"))["data"]
        parts += [
            f"## Opportunity: {one['from_plan']} -> {one['to_plan']}\n\n{_opportunity(one)}\n"
            for one in reversed(found)
        ]
        return "\n".join(parts).rstrip() + "\n"


def sorted_by_moment(rows: Sequence[Any]) -> list[str]:
    """Tasks of the same moment are sorted by text."""
    return [body for _, body in sorted((row.created_at, _worded(row)) for row in rows)]


def _worded(row: Any) -> str:
    due = msgspec.json.decode(row.task, type=Task).due_at
    return task_text(msgspec.json.decode(row.facts, type=dict[str, Any]), "ja", due).body


def _decision(decision: Mapping[str, Any]) -> list[str]:
    lines = [
        f"## Decided on {decision['cause']} at {decision['at'][:10]}: {decision['outcome']}",
        "",
    ]
    shown = {
        "signals": ", ".join(decision["signals"]),
        "scenarios": ", ".join(decision["scenarios"]),
        "blocked by": ", ".join(decision["blocked_by"]),
        "retry": (decision["retry_at"] or "")[:10],
        "late": "yes" if decision["late"] else "",
        "recommendation": decision["recommendation"] and decision["recommendation"]["plan"],
        "route": decision["route"]
        and (
            f"{decision['route']['owner']} {decision['route']['deal_value']} "
            f"{decision['route']['currency']}"
        ),
        "qualification": decision["qualification"] and decision["qualification"]["verdict"],
        "remedies": ", ".join(
            f"{one['task']} by {one['due_at'][:10]}" for one in decision["remedies"]
        ),
    }
    lines += [f"- {name}: {value}" for name, value in shown.items() if value]
    lines += [
        f"- {gate['gate']}: {gate['reason']}"
        for gate in decision["gates"]
        if gate["result"] == "block"
    ]
    if decision["value"]:
        lines += ["- value:", *(f"  - {line}" for line in decision["value"]["lines"])]
    return [*lines, ""]


def _opportunity(one: Mapping[str, Any]) -> str:
    owner = f"{one['owner']['role']} {one['owner']['name'] or ''}".strip()
    return (
        f"- {one['stage']}, {owner}, {one['deal_value']} {one['currency']}\n"
        f"- reasons: {', '.join(one['reasons'])}"
    )


def _body(mail: Any) -> str:
    """Without the link to unsubscribe, which always differs, without what other links are signed
    with, and without the date of the figures, which is there only if the clock moved before the
    mail left.
    """
    content = mail.get_body(("plain",)).get_content()
    lines = re.sub(r"/v1/(go|feedback)/\S+", r"/v1/\1/TOKEN", content).splitlines()
    return f"{mail['Subject']}\n\n" + "\n".join(
        line for line in lines if "/v1/unsubscribe/" not in line and not line.endswith("(JST)時点")
    )


@asynccontextmanager
async def town(
    database_url: str,
    kafka: str,
    prefix: str,
    data_dir: Path,
    *,
    catalog: bytes = DEMO,
    start: str = START,
) -> AsyncIterator[Town]:
    """All three services, with the test clock at `start`."""
    mailbox = TestMailbox()
    settings = _settings(database_url, kafka, prefix, mailbox.start())
    await ensure_topics(settings)
    engine = create_engine(database_url, name="eight", pool_size=2)
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        async with serving(settings, [ingest, trigger, notifier]) as served:
            found = Town(served.client, producer, engine, mailbox, prefix)
            await found.move_clock(start)
            answer = await served.client.put(
                "/v1/catalog", content=catalog, headers={"Content-Type": "application/yaml"}
            )
            assert answer.status_code == 200, answer.text
            yield found
    finally:
        await producer.stop()
        await engine.dispose()
        mailbox.stop()


def _settings(database_url: str, kafka: str, prefix: str, smtp: str) -> Settings:
    return load_settings(
        {
            "PLIMSOLL_DATABASE_URL": database_url,
            "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": kafka,
            "PLIMSOLL_TOPIC_PREFIX": prefix,
            "PLIMSOLL_SMTP_URL": smtp,
            "PLIMSOLL_MAIL_FROM": "plimsoll@example.com",
            "PLIMSOLL_PUBLIC_URL": "https://plimsoll.example.com",
            "PLIMSOLL_ADMIN_KEY": "k" * 40,
            "PLIMSOLL_TEST_CLOCK": "on",
            "PLIMSOLL_ALLOW_PRIVATE_URLS": "on",
            "PLIMSOLL_PORT": "0",
            "PLIMSOLL_LOG_FORMAT": "text",
        }
    )


_NOTED = text(
    "select created_at, facts::text as facts, task::text as task from notification "
    "where account = :account and task is not null"
)
