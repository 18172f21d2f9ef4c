"""Outgoing messages: written in the transaction that decides them, then published in order by one
relay per service. At-least-once: after a crash between acknowledgement and deletion they are
published again, and receivers deduplicate.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiokafka.errors import MessageSizeTooLargeError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.clients import KafkaUnavailable, Outgoing, Producer, packed, unpacked
from shared.postgres import changes
from shared.postgres.database import session
from shared.postgres.errors import DatabaseUnavailable
from shared.postgres.wake import Wake
from shared.runtime.backoff import Backoff
from shared.runtime.waits import pause
from shared.telemetry import metrics
from shared.telemetry.logs import log
from shared.telemetry.tracebacks import told

BATCH = 2_000
_POLL_SECONDS = 1.0
_SEND_SECONDS = 15.0
_LAST_SECONDS = 1.0
_LOCK_SPACE = 7_274_616
_GAUGE_SECONDS = 1.0


def channel(service: str) -> str:
    return f"plimsoll_outbox_{service}"


class Outbox:
    """One service's outgoing messages. `write` inside a transaction, `wake` after its commit."""

    def __init__(self, service: str, wake: Wake) -> None:
        self.service = service
        self.publishing = False  # whether the relay in this process is the one that publishes
        self._wake = wake
        self._signal = wake.signal(channel(service))

    async def write(self, conn: AsyncConnection, messages: Sequence[Outgoing]) -> None:
        """Writes in this transaction, and tells what was noted as changed. If the publishing relay
        runs in another process, the commit notifies it.
        """
        if not messages:
            return
        columns = {
            "service": self.service,
            "topics": [message.topic for message in messages],
            "keys": [message.key for message in messages],
            "values": [message.value for message in messages],
            "headers": [packed(message.headers) for message in messages],
        }
        told = [(changes.CHANNEL, word) for word in changes.take(conn)]
        if not self.publishing:
            told.append((channel(self.service), ""))
        if told:
            channels, words = map(list, zip(*told, strict=True))
            await conn.execute(_WRITE_AND_NOTIFY, columns | {"channels": channels, "words": words})
        else:
            await conn.execute(_WRITE, columns)

    def wake(self) -> None:
        """After the commit: this process's relay looks immediately."""
        self._signal.set()

    async def waited(self, seconds: float) -> bool:
        return await self._signal.wait(seconds)


_INSERT = """
    insert into outbox (service, topic, key, value, headers)
    select :service, m.topic, m.key, m.value, m.headers
    from unnest(cast(:topics as text[]), cast(:keys as bytea[]), cast(:values as bytea[]),
        cast(:headers as bytea[]))
         with ordinality as m(topic, key, value, headers, n)
    order by m.n
"""
_WRITE = text(_INSERT)
_WRITE_AND_NOTIFY = text(
    f"""
    with written as ({_INSERT}) select pg_notify(t.channel, t.word)
    from unnest(cast(:channels as text[]), cast(:words as text[])) as t(channel, word)
    """
)

_NEXT = "select id, topic, key, value, headers from outbox where service = $1 order by id limit $2"
_DONE = "delete from outbox where id = any($1::bigint[])"
_GAUGE = """
    select count(*), extract(epoch from clock_timestamp() - min(created_at))
    from (select created_at from outbox where service = $1 order by id limit 100000) o
"""
_GIVE_UP = """
    with gone as (delete from outbox where id = $1 returning service, topic, key, value, id)
    insert into event_rejected (service, topic, partition, "offset", reason, payload_base64, at,
        accounts)
    select service, topic, -1, id, $2, encode(substring(value from 1 for 65536), 'base64'),
        clock_timestamp(),
           array[convert_from(key, 'UTF8')]
    from gone
    on conflict do nothing
"""


class Relay:
    """Publishes a service's outbox. One of several processes does so; another takes over within two
    seconds of its end.

    Leadership is a session lock on the same connection that reads and deletes, so a process that
    lost it cannot delete either.
    """

    def __init__(self, outbox: Outbox, url: str, producer: Producer) -> None:
        self._outbox = outbox
        self._url = url
        self._producer = producer
        self._gauged = 0.0
        self._acknowledged: list[int] = []
        self.fault: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            name = f"plimsoll-{self._outbox.service}-relay"
            try:
                async with session(self._url, name=name) as connection:
                    await self._lead(connection, stop, backoff)
            except DatabaseUnavailable as error:
                self._away("PostgreSQL", error.error)
                await backoff.wait(stop)
            finally:
                self._retired()

    async def _lead(self, connection: Any, stop: asyncio.Event, backoff: Backoff) -> None:
        # Its deletions need not be on disk before it goes on, nor keep the commits that alerts wait
        # for from the disk: those that a crash of the server undoes are published again.
        await connection.execute("set synchronous_commit = off")
        while not stop.is_set():
            if not await connection.fetchval(
                "select pg_try_advisory_lock($1, hashtext($2))", _LOCK_SPACE, self._outbox.service
            ):
                await pause(stop, _POLL_SECONDS)
                continue
            self._outbox.publishing = True
            while not stop.is_set():
                published = await self._publish(connection, stop, backoff)
                await self._gauge(connection)
                if published < BATCH:
                    await self._idle(stop)

    def _retired(self) -> None:
        """From now on the process that publishes reports the backlog."""
        if self._outbox.publishing:
            metrics.outbox_pending.labels(self._outbox.service).set(0)
            metrics.outbox_oldest.labels(self._outbox.service).set(0)
        self._outbox.publishing = False

    async def _idle(self, stop: asyncio.Event) -> None:
        waiting = asyncio.ensure_future(self._outbox.waited(_POLL_SECONDS))
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            stopping.cancel()

    async def _publish(self, connection: Any, stop: asyncio.Event, backoff: Backoff) -> int:
        """One batch: all sent without waiting in between, deleted once all are acknowledged.
        Returns how many.
        """
        # Deleting them failed, on a full disk for example: they are not sent again until it works.
        if self._acknowledged:
            await connection.execute(_DONE, self._acknowledged)
            self._acknowledged = []
        rows = await connection.fetch(_NEXT, self._outbox.service, BATCH)
        if not rows:
            self._back(backoff)
            return 0
        messages = [
            Outgoing(row["topic"], row["key"], row["value"], unpacked(row["headers"]))
            for row in rows
        ]
        try:
            await self._send(messages, stop)
        except KafkaUnavailable as error:
            self._away("Kafka", error)
            await backoff.wait(stop)
            return BATCH
        except MessageSizeTooLargeError:
            await self._one_by_one(connection, rows, messages)
            return BATCH
        self._acknowledged = [row["id"] for row in rows]
        await connection.execute(_DONE, self._acknowledged)
        self._acknowledged = []
        self._back(backoff)
        return len(rows)

    async def _send(self, messages: Sequence[Outgoing], stop: asyncio.Event) -> None:
        """Raises KafkaUnavailable also if the process is stopping and Kafka has not responded
        within a second.
        """
        sending = asyncio.ensure_future(self._producer.send(messages, seconds=_SEND_SECONDS))
        stopping = asyncio.ensure_future(stop.wait())
        try:
            waits: set[asyncio.Future[Any]] = {sending, stopping}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                await asyncio.wait((sending,), timeout=_LAST_SECONDS)
            if not sending.done():
                raise KafkaUnavailable("stopped before Kafka acknowledged")
            sending.result()
        finally:
            stopping.cancel()
            sending.cancel()
            await asyncio.gather(sending, stopping, return_exceptions=True)

    async def _one_by_one(
        self, connection: Any, rows: Sequence[Any], messages: Sequence[Outgoing]
    ) -> None:
        """A message that no broker accepts must not hold up all others: it is kept as rejected."""
        for row, message in zip(rows, messages, strict=True):
            try:
                await self._producer.send([message], seconds=_SEND_SECONDS)
                await connection.execute(_DONE, [row["id"]])
            except MessageSizeTooLargeError:
                log.error(
                    "outbox_message_too_large",
                    service=self._outbox.service,
                    topic=row["topic"],
                    id=row["id"],
                )
                await connection.execute(
                    _GIVE_UP, row["id"], "size: larger than the broker accepts"
                )
            except KafkaUnavailable:
                return

    async def _gauge(self, connection: Any) -> None:
        if time.monotonic() - self._gauged < _GAUGE_SECONDS:
            return
        self._gauged = time.monotonic()
        count, oldest = await connection.fetchrow(_GAUGE, self._outbox.service)
        metrics.outbox_pending.labels(self._outbox.service).set(count)
        metrics.outbox_oldest.labels(self._outbox.service).set(oldest or 0)

    def _back(self, backoff: Backoff) -> None:
        if backoff.reset():
            log.info("outbox_recovered", service=self._outbox.service)
        self.fault = None

    def _away(self, part: str, error: BaseException) -> None:
        if self.fault is None:
            log.warning(
                "outbox_backlogged", service=self._outbox.service, part=part, error=told(error)
            )
        self.fault = f"{part} is unavailable"
