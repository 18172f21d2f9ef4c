"""Ingest on the real loop inside a test, with its input (plans, subscriptions, records) and its
results.
"""

import asyncio
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import ConsumerRecord, TopicPartition

from services.ingest.backlog.pending_hours import Entries
from services.ingest.service import build
from services.ingest.tables.hour_log import Row, pending_of
from shared.catalog import parse_catalog
from shared.catalog.canonical import canonical
from shared.kafka.clients import ensure_topics
from shared.kafka.probe import KafkaProbe
from shared.loop.rewind import rewind
from shared.postgres.database import create_engine
from shared.runtime.service import Build
from shared.runtime.settings import Settings
from tests.support.serving import serving

_1970 = date(1970, 1, 1).toordinal()
Total = tuple[str, str, datetime]
"""Account, meter, start of period."""
Hour = tuple[str, str, int]
"""Account, meter, hour since 1970."""

METERS: dict[str, dict[str, Any]] = {
    "api_calls": {"event": "api.request", "aggregation": "count", "reset": "period"},
    "traffic": {"event": "traffic", "aggregation": "sum", "value": "bytes", "reset": "period"},
    "peak": {"event": "traffic", "aggregation": "max", "value": "bytes", "reset": "period"},
    "storage": {
        "event": "storage.measured",
        "aggregation": "latest",
        "value": "bytes",
        "reset": "never",
    },
    "disk": {
        "event": "disk.measured",
        "aggregation": "latest",
        "value": "bytes",
        "reset": "period",
    },
    "seats": {"event": "seat.changed", "aggregation": "sum", "value": "delta", "reset": "never"},
    "users": {"event": "login", "aggregation": "unique", "value": "user", "reset": "period"},
    "devices": {"event": "login", "aggregation": "unique", "value": "device", "reset": "never"},
    "good_calls": {
        "event": "call",
        "aggregation": "count",
        "reset": "period",
        "filter": {"status": 200},
    },
}


def catalog_of(meters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    named = {
        key: {"unit": "unit", "name": {"en": key, "ja": key}} | dict(meter)
        for key, meter in meters.items()
    }
    plans = [
        {
            "id": plan,
            "rank": rank,
            "price": {"month": rank, "year": 12 * rank},
            "purchase": "self_serve",
            "features": ["core"],
        }
        | {
            "limits": dict.fromkeys(meters, "unlimited"),
            "support": {"channels": ["email"], "first_response_hours": 48, "csm": "none"},
        }
        for rank, plan in enumerate(("starter", "pro"), 1)
    ]
    return {"currency": "USD", "meters": named, "plans": plans}


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def event(account: str, kind: str, time: datetime, data: Any = None, **more: Any) -> dict[str, Any]:
    body = {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/test",
        "type": kind,
        "subject": account,
        "time": stamp(time),
    }
    return body | ({} if data is None else {"data": data}) | more


@dataclass
class Usage:
    """One database and its topics, with any number of ingest services."""

    settings: Settings
    db: "asyncpg.Pool[asyncpg.Record]"
    producer: AIOKafkaProducer
    version: int = 0
    sent: list[Any] = field(default_factory=list)

    @property
    def topic(self) -> str:
        return self.settings.topic_prefix + "usage.events"

    # ---- what is said

    async def apply_catalog(self, meters: Mapping[str, Mapping[str, Any]] = METERS) -> None:
        body = canonical(parse_catalog(json.dumps(catalog_of(meters)).encode(), "application/json"))
        self.version += 1
        async with self.db.acquire() as conn, conn.transaction():
            revision = await conn.fetchval(
                "update revision set value = value + 1 where name = 'plans' returning value"
            )
            await conn.execute(
                "insert into catalog (version, body, digest, revision, applied_at) "
                "values ($1, $2, $3, $4, now())",
                *(self.version, body, hashlib.sha256(body).digest(), revision),
            )

    async def apply_again(self, version: int) -> None:
        async with self.db.acquire() as conn, conn.transaction():
            revision = await conn.fetchval(
                "update revision set value = value + 1 where name = 'plans' returning value"
            )
            await conn.execute(
                "update catalog set revision = $1 where version = $2", revision, version
            )

    async def subscribe(
        self,
        account: str,
        started_at: datetime,
        *,
        anchor: datetime | None = None,
        interval: str = "month",
        time_zone: str = "UTC",
    ) -> None:
        """Like trigger: first the revision of all plans, then the rows."""
        async with self.db.acquire() as conn, conn.transaction():
            revision = await conn.fetchval(
                "update revision set value = value + 1 where name = 'plans' returning value"
            )
            await conn.execute(_ACCOUNT, account, time_zone)
            await conn.execute(
                _SUBSCRIPTION, account, self.version, started_at, anchor, interval, revision
            )

    async def send(
        self,
        *events: Any,
        key: str | bytes | None = "",
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        timestamp_ms: int | None = None,
    ) -> list[tuple[int, int]]:
        """One record for each event (a dict, or raw bytes); `key` "" is the event's subject.
        Returns (partition, offset) of each.
        """
        acknowledged = []
        for body in events:
            raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            own = (
                body["subject"]
                if isinstance(body, dict) and isinstance(body.get("subject"), str)
                else "nobody"
            )
            found = own if key == "" else key
            encoded = found.encode() if isinstance(found, str) else found
            acknowledged.append(
                await self.producer.send(
                    self.topic,
                    raw,
                    key=encoded,
                    partition=partition,
                    headers=list(headers),
                    timestamp_ms=timestamp_ms,
                )
            )
        placed = await asyncio.gather(*acknowledged)
        return [(found.partition, found.offset) for found in placed]

    async def send_compressed(self, value: bytes, compression: str) -> None:
        """A record that is much smaller on the wire."""
        async with AIOKafkaProducer(
            bootstrap_servers=self.settings.kafka_bootstrap_servers,
            compression_type=compression,
            max_request_size=len(value) + 1_000,
        ) as producer:
            await producer.send_and_wait(self.topic, value, key=b"bomb")

    async def rewind_to_the_beginning(self) -> None:
        """Like `plimsoll rewind --service ingest --to earliest`, while ingest runs."""
        assert self.settings.database_url is not None
        engine, probe = (
            create_engine(self.settings.database_url, name="test"),
            KafkaProbe(self.settings),
        )
        try:
            await rewind(engine, probe, "ingest", None)
        finally:
            await probe.close()
            await engine.dispose()

    # ---- what came of it

    async def records(self, topic: str = "usage.events") -> list[ConsumerRecord]:
        """All records of a topic."""
        consumer = AIOKafkaConsumer(
            self.settings.topic_prefix + topic,
            bootstrap_servers=self.settings.kafka_bootstrap_servers,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            found: list[ConsumerRecord] = []
            ends = await consumer.end_offsets(consumer.assignment())
            async with asyncio.timeout(30):
                while any(
                    [await consumer.position(partition) < end for partition, end in ends.items()]
                ):
                    batch = await consumer.getmany(timeout_ms=100)
                    found += [record for records in batch.values() for record in records]
            return found
        finally:
            await consumer.stop()

    async def settled(self, seconds: float = 60) -> None:
        """Waits until everything in the topic has been applied, including re-routed records."""
        end = asyncio.get_running_loop().time() + seconds
        quiet = 0
        while quiet < 3:
            assert asyncio.get_running_loop().time() < end, (
                f"not settled: {await self.offsets()} of {await self._ends()}"
            )
            stored = await self.offsets()
            pending = await self.db.fetchval(
                "select count(*) from outbox where topic = 'usage.events'"
            )
            behind = any(
                stored.get(partition, 0) < end for partition, end in (await self._ends()).items()
            )
            quiet = 0 if behind or pending else quiet + 1
            await asyncio.sleep(0.03)

    async def offsets(self) -> dict[int, int]:
        rows = await self.db.fetch(
            "select partition, next_offset from consumer_offset "
            "where service = 'ingest' and topic = 'usage.events'"
        )
        return {row["partition"]: row["next_offset"] for row in rows}

    async def _ends(self) -> dict[int, int]:
        if not hasattr(self, "_reader"):
            self._reader = AIOKafkaConsumer(bootstrap_servers=self.settings.kafka_bootstrap_servers)
            await self._reader.start()
        partitions = await self.producer.partitions_for(self.topic)
        ends = await self._reader.end_offsets(
            [TopicPartition(self.topic, number) for number in partitions]
        )
        return {partition.partition: end for partition, end in ends.items()}

    async def totals(self, account: str) -> dict[str, Decimal]:
        """By meter, over all periods."""
        rows = await self.db.fetch(
            "select meter, sum(used) as used from usage_total where account = $1 group by meter",
            account,
        )
        return {row["meter"]: row["used"].normalize() for row in rows}

    async def periods(self, account: str, meter: str) -> dict[str, Decimal]:
        """Usage by the start of the period."""
        rows = await self.db.fetch(
            "select period_start, used from usage_total "
            "where account = $1 and meter = $2 order by period_start",
            account,
            meter,
        )
        return {stamp(row["period_start"]): row["used"].normalize() for row in rows}

    async def hours(self) -> dict[Hour, Decimal]:
        """What was used in each hour: as it is written, and what the log adds."""
        found: dict[Hour, Decimal] = defaultdict(Decimal)
        async with self.db.acquire() as conn, conn.transaction(isolation="repeatable_read"):
            days = await conn.fetch("select to_jsonb(d)::text as hours, day from usage_day d")
            log = await conn.fetch("select * from usage_hour_log order by id")
        for day in days:
            row, first = (
                json.loads(day["hours"], parse_float=Decimal),
                day["day"].toordinal() - _1970,
            )
            for hour in range(24):
                if (amount := row[f"h{hour:02}"]) is not None:
                    found[row["account"], row["meter"], first * 24 + hour] += amount
        for entries in pending_in(log):
            for account, amount in zip(entries.accounts, entries.amounts, strict=True):
                found[account, entries.kind[0], entries.kind[2]] += amount
        return dict(found)

    async def rejected(self) -> list[tuple[int, int, str]]:
        rows = await self.db.fetch(
            'select partition, "offset", reason from event_rejected order by id'
        )
        return [(row["partition"], row["offset"], row["reason"]) for row in rows]

    async def woken(self) -> list[dict[str, Any]]:
        """The records published to `usage.totals`."""
        return [json.loads(record.value) for record in await self.records("usage.totals")]

    async def digest(self) -> str:
        """The contents of every table that a replay must not change."""
        parts = []
        for table in (
            "usage_total",
            "unique_member",
            "usage_unassigned",
            "event_rejected",
        ):
            rows = await self.db.fetch(f"select t::text as row from {table} t order by 1")
            parts.append(table + "".join(row["row"] for row in rows))
        parts.append(str(sorted((await self.hours()).items())))
        keys = await self.db.fetch(
            "select bucket, partition, sum(length(keys)) as size from dedupe_segment "
            "group by 1, 2 order by 1, 2"
        )
        return hashlib.sha256(("".join(parts) + str(keys)).encode()).hexdigest()


def pending_in(log: Iterable[Any]) -> list[Entries]:
    """What rows of `usage_hour_log`, in order, add up to."""
    places: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in log:
        step = Row(row["partition"], row["since"], row["entries"])
        places[row["partition"], row["partitions"]].append(step)
    return [one for rows in places.values() for one in pending_of(rows).all()]


_ACCOUNT = """
    insert into account (id, name, locale, time_zone, external_ids, created_at, updated_at)
        values ($1, $1, 'en', $2, '{}', now(), now())
    on conflict (id) do update set time_zone = excluded.time_zone
"""
_SUBSCRIPTION = """
    insert into subscription (account, plan, catalog_version, started_at, anchor, interval,
        quantity, add_ons, revision, changed_at)
    values ($1, 'starter', $2, $3, $4, $5, 1, '{}', $6, now())
    on conflict (account) do update set started_at = excluded.started_at, anchor = excluded.anchor,
        interval = excluded.interval,
        revision = excluded.revision
"""


@asynccontextmanager
async def usage_of(settings: Settings) -> AsyncIterator[Usage]:
    """Topics and a producer; services are started by `ingesting`."""
    await ensure_topics(settings)
    assert settings.database_url is not None
    pool = await asyncpg.create_pool(settings.database_url, min_size=1, max_size=3)
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        enable_idempotence=True,
        max_request_size=4_000_000,
    )
    await producer.start()
    usage = Usage(settings, pool, producer)
    try:
        yield usage
    finally:
        await producer.stop()
        await pool.close()
        if hasattr(usage, "_reader"):
            await usage._reader.stop()


@asynccontextmanager
async def ingesting(usage: Usage, build: Build = build) -> AsyncIterator[httpx.AsyncClient]:
    """Runs an ingest service like its process. Yields a client with the admin key."""
    async with serving(usage.settings, [build]) as served:
        yield served.client
