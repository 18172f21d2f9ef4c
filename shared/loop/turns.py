"""Turns of a loop: each is one fenced transaction. The cause of a failed turn is isolated: its
account is set aside, or the record is rejected.
"""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.clock.clock import Clock
from shared.kafka.records import Record
from shared.loop import offsets, parked_rows, rejected
from shared.loop.isolation import AccountsFailed, Failure
from shared.loop.offsets import Fenced, Move, Stored
from shared.loop.outbox import Outbox
from shared.loop.ownership import Ownership
from shared.loop.pace import Pace
from shared.loop.parking import Divided, Parking
from shared.loop.rejected import Rejected
from shared.loop.retries import Retries
from shared.loop.turn import Handler, Records, TooMuch, Turn
from shared.messages import USAGE_EVENTS
from shared.postgres import changes, data_errors
from shared.postgres.database import connect_to
from shared.postgres.errors import DatabaseUnavailable, driver_error, sqlstate
from shared.telemetry import metrics
from shared.telemetry.logs import log

_BREAKS = 2
_CPU_SECONDS = 4.0
_REJECTS = frozenset({USAGE_EVENTS})
"""Topics whose senders still have the record: one that our parsing fails on is rejected, and its
account continues.
"""
_MOST_REJECTED = 3
"""The most records of one account rejected in a batch; beyond that the records are not to blame,
and the account is set aside.
"""


class Again(Exception):
    """A turn failed in an unforeseen way and is worth another try."""


class Turns:
    """The loop's side towards PostgreSQL: one connection, replaced after any doubt."""

    def __init__(
        self, handler: Handler, clock: Clock, outbox: Outbox, engine: AsyncEngine, prefix: str
    ) -> None:
        self.own = Ownership()
        self.parking = Parking(handler)
        self._pace = Pace()
        self._handler = handler
        self._clock = clock
        self._outbox = outbox
        self._engine = engine
        self._prefix = prefix
        self._connection: AsyncConnection | None = None
        self._suspects = Suspects()
        self._thrown: Counter[str] = Counter()
        self._is_full = False

    @property
    def max_records(self) -> int:
        """How many records the next turn should have at most."""
        return self._pace.records

    async def read_offsets(
        self, begins: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, Stored]:
        """The stored offsets; a partition seen for the first time starts at its beginning."""
        service, conn = self._handler.service, await self._connected()
        async with conn.begin():
            found = await offsets.read(conn, service, begins)
            if missing := {
                partition: begin for partition, begin in begins.items() if partition not in found
            }:
                await offsets.begin(conn, service, missing)
                found = await offsets.read(conn, service, begins)
        return found

    async def identify(
        self, stored: Mapping[TopicPartition, Stored], news: Mapping[TopicPartition, str]
    ) -> None:
        """Records which topics the stored offsets refer to."""
        conn = await self._connected()
        async with conn.begin():
            await offsets.identify(
                conn,
                self._handler.service,
                {partition: stored[partition].identity for partition in news},
                news,
            )

    async def start_over(
        self,
        stored: Mapping[TopicPartition, Stored],
        starts: Mapping[TopicPartition, int],
        identities: Mapping[TopicPartition, str],
    ) -> None:
        """Starts at the beginning of recreated topics."""
        conn = await self._connected()
        async with conn.begin():
            await offsets.start_over(conn, self._handler.service, stored, starts, identities)
        self._suspects = Suspects()  # the suspects were records of another topic

    async def prove(self) -> None:
        """Commits a write that changes nothing: a read-only or full server refuses it."""
        conn = await self._connected()
        async with conn.begin():
            await offsets.touch(conn, self._handler.service, self.own.stored)

    async def have_moved(self) -> bool:
        """Whether a rewind or another owner has moved a stored offset. Also looks for accounts to
        retry.
        """
        conn = await self._connected()
        async with conn.begin():
            found = await offsets.read(conn, self._handler.service, self.own.stored)
            standing = await parked_rows.standing(
                conn, self._handler.service, self._handler.topics, self._clock.now()
            )
        self.parking.found(standing)
        return any(
            partition not in found or found[partition].next != place.next
            for partition, place in self.own.stored.items()
        )

    async def apply(self, batch: Records) -> None:
        """Applies all records of owned partitions, in one turn if possible."""
        owned = {
            partition: records
            for partition, records in batch.items()
            if partition in self.own.stored
        }
        size, started = sum(map(len, owned.values())), time.monotonic()
        if not size:
            return
        if any(
            records[0].offset < self.own.stored[partition].next
            for partition, records in owned.items()
        ):
            raise Fenced("records below the stored offset: fetched from another position")
        self._is_full = size >= self.max_records
        parts = self._suspects.apart(owned)
        self._thrown.clear()
        self.parking.failing = {}
        while parts:
            parts = [*await self._try(parts.pop(0)), *parts]
        self._pace.turned(size, time.monotonic() - started)
        metrics.batch_records.labels(self._handler.service).observe(size)

    async def _try(self, part: Records) -> Sequence[Records]:
        """Makes one turn; returns what is still to be done afterwards."""
        spent = time.process_time()
        try:
            if (reason := self._suspects.condemned(part)) is not None:
                raise BrokeTurns(reason)
            await self._transact(part, _nexts(part))
        except TooMuch as limit:
            return divided(part, limit.take)
        except AccountsFailed as failed:
            await self._handler.assigned(list(part))
            return (
                [part]
                if self.parking.failed(failed.failures, part)
                else await self._isolate(part, failed)
            )
        except Exception as error:
            if _leaves_doubt(error):
                if (
                    sqlstate(error) in data_errors.ENDED_BY_SERVER
                    or time.process_time() - spent > _CPU_SECONDS
                ):
                    self._suspects.broke(
                        part,
                        f"broke its turn: {sqlstate(error) or type(driver_error(error)).__name__}",
                    )
                raise
            await self._handler.assigned(list(part))
            return await self._isolate(part, error)
        self._suspects.passed(part)
        return ()

    async def hasten(self) -> None:
        """At process start: a new version may have fixed what was set aside."""
        conn = await self._connected()
        async with conn.begin():
            await parked_rows.hasten(conn, self._handler.service, self._clock.now())

    async def retry(self) -> None:
        """One turn of parked accounts: those whose pause has ended, then those that wait their
        turn.
        """
        for deferred in (False, True):
            if self.parking.deferred if deferred else self.parking.due:
                retries = Retries(self._handler, self.parking, self._prefix, self.max_records)
                await retries.turn(
                    await self._connected(),
                    self.own,
                    self._clock.now(),
                    self._outbox,
                    deferred=deferred,
                )

    async def tick(self) -> None:
        """The handler's own work, fenced like a batch of all partitions."""
        try:
            await self._transact({}, {}, tick=True)
        except Exception as error:
            if _leaves_doubt(error):
                raise
            log.error("tick_failed", service=self._handler.service, exc_info=error)
            raise Again("tick") from error

    async def pass_to(
        self, nexts: Mapping[TopicPartition, int], rejects: Sequence[Rejected] = ()
    ) -> None:
        """Skips offsets that hold nothing for the handler."""
        await self._transact({}, nexts, rejects)

    async def drop_connection(self) -> None:
        """After any doubt: nobody knows what the old connection is still doing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                await connection.invalidate()
            with suppress(Exception):
                await connection.close()

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await connect_to(self._engine)
        return self._connection

    async def _transact(
        self,
        batch: Records,
        nexts: Mapping[TopicPartition, int],
        rejects: Collection[Rejected] = (),
        *,
        tick: bool = False,
    ) -> None:
        """Compare-and-set, effects, rejected records, outgoing messages. The commit is certain only
        after the last line.
        """
        stored, service, started = self.own.stored, self._handler.service, time.monotonic()
        moves = _moves(stored, nexts, tick=tick)
        if not moves:
            return
        prepared = self._handler.prepare(batch) if batch else None
        conn = await self._connected()
        async with conn.begin():
            is_used = await offsets.advance(conn, service, moves)
            turn = self._begun(conn, prepared, is_full=bool(batch) and self._is_full)
            parted = await self.parking.divide(
                conn, batch, is_used=is_used, is_replay=turn.is_replay
            )
            turn.records = parted.now
            if tick:
                await self._handler.tick(turn)
            elif parted.now:
                await self._handler.apply(turn)
            kept = [*turn.rejects, *_unseen(rejects, stored)]
            await rejected.keep(conn, service, kept, turn.now)
            await self._outbox.write(conn, turn.outgoing)
            if parted.later:
                await self.parking.write(conn, parted, turn.now)
            await changes.tell(conn)
            applied = time.monotonic()
        metrics.batch_seconds.labels(service, "tick" if tick else "apply").observe(
            applied - started
        )
        metrics.batch_seconds.labels(service, "commit").observe(time.monotonic() - applied)
        self._committed(turn, moves, len(kept), parted)

    def _begun(self, conn: AsyncConnection, prepared: Any, *, is_full: bool) -> Turn:
        highest, now = self.own.highest(), self._clock.now()
        return Turn(conn, {}, highest, now, self._prefix, prepared, is_full)

    def _committed(self, turn: Turn, moves: Iterable[Move], rejects: int, parted: Divided) -> None:
        stored = self.own.stored
        self.parking.committed(parted)
        for move in moves:
            before = stored[move.partition]
            stored[move.partition] = Stored(move.to, max(move.to, before.highest), before.identity)
        if rejects:
            metrics.rejected.labels(self._handler.service).inc(rejects)
        if turn.outgoing:
            self._outbox.wake()
        for callback in turn.callbacks:
            callback()

    async def _isolate(self, batch: Records, error: Exception) -> Sequence[Records]:
        """Halves the batch until the failing record is alone: it is rejected if the database or
        parsing refuses it, else its account waits.
        """
        if sum(map(len, batch.values())) > 1:
            return halves(batch)
        ((partition, (record,)),) = batch.items()
        accounts = self._handler.accounts_of(record)
        if self._is_rejected(partition, error, accounts):
            await self._reject(partition, record, error)
            return ()
        failure = Failure("handling", error, partition.topic)
        if not self.parking.failed(dict.fromkeys(list(accounts)[:1], failure), batch):
            raise Again("batch") from error
        return [batch]

    def _is_rejected(
        self, partition: TopicPartition, error: Exception, accounts: Collection[str]
    ) -> bool:
        if (
            not accounts
            or data_errors.is_refused(error)
            or isinstance(error, AccountsFailed | BrokeTurns)
        ):
            return True
        self._thrown.update(accounts)
        few = all(self._thrown[account] <= _MOST_REJECTED for account in accounts)
        return partition.topic in _REJECTS and data_errors.is_data_error(error) and few

    async def _reject(self, partition: TopicPartition, record: Record, error: Exception) -> None:
        where = {
            "topic": partition.topic,
            "partition": partition.partition,
            "offset": record.offset,
        }
        reason = error.reason if isinstance(error, BrokeTurns) else data_errors.reason(error)
        expected = data_errors.is_data_error(error)
        metrics.stepped_over.labels(self._handler.service).inc()
        log.error(
            "record_rejected",
            service=self._handler.service,
            **where,
            reason=reason,
            exc_info=None if expected else error,
        )
        accounts = self._handler.accounts_of(record)
        place = (partition.topic, partition.partition, record.offset)
        reject = Rejected(*place, reason, record.value, accounts, record.headers)
        await self._transact({}, {partition: record.offset + 1}, [reject])


class BrokeTurns(Exception):
    """A record that ended turn after turn, even alone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Suspects:
    """Ranges where turns ended for a reason that may be in a record: there records are applied one
    by one, and one that ends a turn alone is rejected.
    """

    def __init__(self) -> None:
        self._ranges: dict[
            TopicPartition, tuple[int, int, int]
        ] = {}  # first offset, last offset, how many turns broke
        self._condemned: dict[tuple[TopicPartition, int], str] = {}

    def broke(self, batch: Records, reason: str) -> None:
        if sum(map(len, batch.values())) == 1:
            ((partition, (record,)),) = batch.items()
            if self._is_suspect(partition, record.offset):
                self._condemned[partition, record.offset] = reason
                return
        for partition, records in batch.items():
            first, last, times = self._ranges.get(partition, (-1, -1, 0))
            same = first == records[0].offset
            self._ranges[partition] = (
                records[0].offset,
                max(records[-1].offset, last if same else 0),
                times + 1 if same else 1,
            )

    def _is_suspect(self, partition: TopicPartition, offset: int) -> bool:
        first, last, times = self._ranges.get(partition, (0, -1, 0))
        return times >= _BREAKS and first <= offset <= last

    def apart(self, batch: Records) -> list[Records]:
        """Splits the batch: suspects one by one, before all the rest."""
        if not self._ranges:
            return [batch]
        alone: list[Records] = []
        rest: dict[TopicPartition, Sequence[Record]] = {}
        for partition, records in batch.items():
            number = sum(self._is_suspect(partition, record.offset) for record in records)
            alone += [{partition: [record]} for record in records[:number]]
            if records[number:]:
                rest[partition] = records[number:]
        return [*alone, *([rest] if rest else [])]

    def condemned(self, batch: Records) -> str | None:
        if not self._condemned or sum(map(len, batch.values())) != 1:
            return None
        ((partition, (record,)),) = batch.items()
        return self._condemned.get((partition, record.offset))

    def passed(self, batch: Records) -> None:
        if not self._ranges:
            return
        for partition, records in batch.items():
            if partition in self._ranges and records[-1].offset >= self._ranges[partition][1]:
                del self._ranges[partition]
                self._condemned = {
                    mark: reason for mark, reason in self._condemned.items() if mark[0] != partition
                }


def halves(batch: Records) -> list[dict[TopicPartition, Sequence[Record]]]:
    """Two batches with the same records in the same order per partition."""
    room = sum(map(len, batch.values())) // 2
    take = {}
    for partition, records in batch.items():
        take[partition] = min(room, len(records))
        room -= take[partition]
    return divided(batch, take)


def divided(
    batch: Records, take: Mapping[TopicPartition, int]
) -> list[dict[TopicPartition, Sequence[Record]]]:
    """The first `take` records of each partition, and the rest."""
    first = {
        partition: records[: take.get(partition, 0)]
        for partition, records in batch.items()
        if take.get(partition)
    }
    rest = {
        partition: records[take.get(partition, 0) :]
        for partition, records in batch.items()
        if take.get(partition, 0) < len(records)
    }
    return [first, rest]


def _nexts(batch: Records) -> dict[TopicPartition, int]:
    return {partition: records[-1].offset + 1 for partition, records in batch.items()}


def _leaves_doubt(error: Exception) -> bool:
    """Another process's move, a dependency that is down, a commit with an unknown outcome: no
    record is to blame.
    """
    return isinstance(error, Fenced | KafkaError | DatabaseUnavailable)


def _moves(
    stored: Mapping[TopicPartition, Stored], nexts: Mapping[TopicPartition, int], *, tick: bool
) -> list[Move]:
    """A tick moves nothing, but compares every place."""
    return [
        Move(partition, place.next, nexts.get(partition, place.next))
        for partition, place in stored.items()
        if tick or partition in nexts
    ]


def _unseen(
    rejects: Collection[Rejected], stored: Mapping[TopicPartition, Stored]
) -> list[Rejected]:
    """Those that are not read again after a rewind."""
    return [
        reject
        for reject in rejects
        if reject.offset >= stored[TopicPartition(reject.topic, reject.partition)].highest
    ]
