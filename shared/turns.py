"""Turns of a loop: each one fenced transaction. A batch that bad data spoils is halved until the record to blame stands alone."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress

from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import data_errors, metrics, offsets, rejected
from shared.clock import Clock
from shared.database import is_unavailable
from shared.messages import MESSAGES, USAGE_TOTALS
from shared.offsets import Fenced, Move, Stored
from shared.outbox import Outbox
from shared.ownership import Ownership
from shared.rejected import Rejected
from shared.telemetry import log
from shared.turn import Handler, Records, TooMuch, Turn

MAX_RECORDS = 20_000
_FIRST_RECORDS = 500
_SLOW_SECONDS, _QUICK_SECONDS = 0.5, 0.2
_ATTEMPTS = 3
_INTERNAL = frozenset({USAGE_TOTALS, MESSAGES})
"""Nobody outside has a second copy of these, so a defect of ours never costs one: its partition waits until the defect is mended."""


class Again(Exception):
    """A turn failed in a way that nobody foresaw: worth another try."""


class Turns:
    """The loop's side towards PostgreSQL: one connection, a new one after any doubt."""

    def __init__(self, handler: Handler, clock: Clock, outbox: Outbox, engine: AsyncEngine, prefix: str) -> None:
        self.own = Ownership()
        self.held: dict[TopicPartition, str] = {}
        self.max_records = _FIRST_RECORDS
        self._handler = handler
        self._clock = clock
        self._outbox = outbox
        self._engine = engine
        self._prefix = prefix
        self._connection: AsyncConnection | None = None
        self._attempts: dict[tuple[TopicPartition, int], int] = {}
        self._failed: dict[TopicPartition, Exception] = {}  # in the batch at hand: where it cannot go on

    async def read_offsets(self, begins: Mapping[TopicPartition, int]) -> dict[TopicPartition, Stored]:
        """What is stored; a partition seen for the first time starts at its beginning."""
        service, conn = self._handler.service, await self._connected()
        async with conn.begin():
            found = await offsets.read(conn, service, begins)
            if missing := {partition: begin for partition, begin in begins.items() if partition not in found}:
                await offsets.begin(conn, service, missing)
                found = await offsets.read(conn, service, begins)
        return found

    async def identify(self, stored: Mapping[TopicPartition, Stored], news: Mapping[TopicPartition, str]) -> None:
        """Writes down which topics the stored offsets are places in."""
        conn = await self._connected()
        async with conn.begin():
            await offsets.identify(conn, self._handler.service, {partition: stored[partition].identity for partition in news}, news)

    async def have_moved(self) -> bool:
        """Whether somebody else has moved a stored offset: a rewind, or another owner."""
        conn = await self._connected()
        async with conn.begin():
            found = await offsets.read(conn, self._handler.service, self.own.stored)
        return any(partition not in found or found[partition].next != place.next for partition, place in self.own.stored.items())

    async def apply(self, batch: Records) -> None:
        """All records of owned partitions, in one turn where possible."""
        owned = {partition: records for partition, records in batch.items() if partition in self.own.stored}
        size, started = sum(map(len, owned.values())), time.monotonic()
        if not size:
            return
        if any(records[0].offset < self.own.stored[partition].next for partition, records in owned.items()):
            raise Fenced("records from before the stored offset: fetched from another position")
        parts, self._failed = [owned], {}
        while parts:
            part = self._passable(parts.pop(0))
            try:
                await self._transact(part, _nexts(part))
            except TooMuch as limit:
                parts = [*divided(part, limit.take), *parts]
            except Exception as error:
                if _leaves_doubt(error):
                    raise
                self._give_up_on(part, error)
                await self._isolate(part, error)
        self._adapt(size, time.monotonic() - started)
        metrics.batch_records.labels(self._handler.service).observe(size)
        self._note_held(owned)

    async def tick(self) -> None:
        """The handler's own work, fenced like a batch of all partitions."""
        try:
            await self._transact({}, {}, tick=True)
        except Exception as error:
            if _leaves_doubt(error):
                raise
            log.error("tick_failed", service=self._handler.service, exc_info=error)
            raise Again("tick") from error

    async def pass_to(self, nexts: Mapping[TopicPartition, int], rejects: Sequence[Rejected] = ()) -> None:
        """Steps over offsets that hold nothing for the handler."""
        await self._transact({}, nexts, rejects)

    async def drop_connection(self) -> None:
        """After any doubt: what the old connection still does is not known."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                await connection.invalidate()
            with suppress(Exception):
                await connection.close()

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._engine.connect()
        return self._connection

    async def _transact(
        self, batch: Records, nexts: Mapping[TopicPartition, int], rejects: Collection[Rejected] = (), *, tick: bool = False
    ) -> None:
        """Compare-and-set, effects, rejected records, outgoing messages. Only after its last line the commit is certain."""
        stored, service, started = self.own.stored, self._handler.service, time.monotonic()
        moves = [
            Move(partition, place.next, nexts.get(partition, place.next))
            for partition, place in stored.items()
            if tick or partition in nexts
        ]
        if not moves:
            return
        conn = await self._connected()
        async with conn.begin():
            await offsets.advance(conn, service, moves)
            turn = Turn(conn, batch, self.own.highest(), self._clock.now(), self._prefix)
            if tick:
                await self._handler.tick(turn)
            elif batch:
                await self._handler.apply(turn)
            kept = [
                *turn.rejects,
                *(reject for reject in rejects if reject.offset >= stored[TopicPartition(reject.topic, reject.partition)].highest),
            ]
            await rejected.keep(conn, service, kept, turn.now)
            await self._outbox.write(conn, turn.outgoing)
            applied = time.monotonic()
        metrics.batch_seconds.labels(service, "tick" if tick else "apply").observe(applied - started)
        metrics.batch_seconds.labels(service, "commit").observe(time.monotonic() - applied)
        self._committed(turn, moves, len(kept))

    def _committed(self, turn: Turn, moves: Iterable[Move], rejects: int) -> None:
        stored = self.own.stored
        for move in moves:
            before = stored[move.partition]
            stored[move.partition] = Stored(move.to, max(move.to, before.highest), before.identity)
        if rejects:
            metrics.rejected.labels(self._handler.service).inc(rejects)
        if turn.outgoing:
            self._outbox.wake()
        for callback in turn.callbacks:
            callback()

    def _give_up_on(self, batch: Records, error: Exception) -> None:
        """Raises Again until it is time to look for the record to blame: at once for bad data, the third time for the unforeseen."""
        if data_errors.is_data_error(error):
            return
        partition, records = next(iter(batch.items()))
        mark = (partition, records[0].offset)
        self._attempts[mark] = self._attempts.get(mark, 0) + 1
        log.error("batch_failed", service=self._handler.service, attempt=self._attempts[mark], exc_info=error)
        if self._attempts[mark] < _ATTEMPTS:
            raise Again("batch") from error

    def _passable(self, batch: Records) -> Records:
        """Without the partitions that cannot go on: what follows a held record waits behind it."""
        return {partition: records for partition, records in batch.items() if partition not in self._failed}

    def _note_held(self, batch: Records) -> None:
        """Remembers which partitions wait, for readiness; Again while any does."""
        self._attempts = {mark: times for mark, times in self._attempts.items() if mark[0] in self._failed}
        for partition in batch:
            self.held.pop(partition, None)
        for partition, error in self._failed.items():
            self.held[partition] = f"record {self.own.stored[partition].next} waits: {data_errors.reason(error)}"
        if self._failed:
            raise Again("held") from next(iter(self._failed.values()))

    async def _isolate(self, batch: Records, error: Exception) -> None:
        """Halves it until the record that spoils it stands alone; that one is rejected or holds its partition, all others are applied."""
        await self._handler.assigned(list(batch))
        if sum(map(len, batch.values())) == 1:
            ((partition, (record,)),) = batch.items()
            if partition.topic in _INTERNAL and not data_errors.is_refused(error):
                self._failed[partition] = error
            else:
                await self._reject(partition, record, error)
            return
        for half in map(self._passable, halves(batch)):
            try:
                await self._transact(half, _nexts(half))
            except Exception as found:
                if _leaves_doubt(found):
                    raise
                await self._isolate(half, found)

    async def _reject(self, partition: TopicPartition, record: ConsumerRecord, error: Exception) -> None:
        where = {"topic": partition.topic, "partition": partition.partition, "offset": record.offset}
        reason, expected = data_errors.reason(error), data_errors.is_data_error(error)
        log.error("record_rejected", service=self._handler.service, **where, reason=reason, exc_info=None if expected else error)
        reject = Rejected(partition.topic, partition.partition, record.offset, reason, record.value)
        await self._transact({}, {partition: record.offset + 1}, [reject])

    def _adapt(self, size: int, seconds: float) -> None:
        """Batches stay well under a second, whatever a record costs here today."""
        if seconds > _SLOW_SECONDS:
            self.max_records = max(1, min(size, self.max_records) // 2)
        elif seconds < _QUICK_SECONDS and size >= self.max_records:
            self.max_records = min(MAX_RECORDS, self.max_records * 2)


def halves(batch: Records) -> list[dict[TopicPartition, Sequence[ConsumerRecord]]]:
    """Two batches that hold the same records in the same order per partition."""
    room = sum(map(len, batch.values())) // 2
    take = {}
    for partition, records in batch.items():
        take[partition] = min(room, len(records))
        room -= take[partition]
    return divided(batch, take)


def divided(batch: Records, take: Mapping[TopicPartition, int]) -> list[dict[TopicPartition, Sequence[ConsumerRecord]]]:
    """The first `take` records of each partition, and the rest."""
    first = {partition: records[: take.get(partition, 0)] for partition, records in batch.items() if take.get(partition)}
    rest = {partition: records[take.get(partition, 0) :] for partition, records in batch.items() if take.get(partition, 0) < len(records)}
    return [first, rest]


def _nexts(batch: Records) -> dict[TopicPartition, int]:
    return {partition: records[-1].offset + 1 for partition, records in batch.items()}


def _leaves_doubt(error: Exception) -> bool:
    """Somebody else's move, a part that is away, a commit with an unknown end: nothing that a record is to blame for."""
    return isinstance(error, Fenced | KafkaError) or (is_unavailable(error) and not data_errors.is_data_error(error))
