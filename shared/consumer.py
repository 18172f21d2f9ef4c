"""The loop that carries all services: batch in, one fenced transaction, messages out. Exactly-once effects by engines.md B.1, B.2 and D.3.

The stored offset decides what is read. Whatever goes wrong, the answer is the same: read it again, throw away what is
remembered, seek, go on. Only what is certain is kept.
"""

import asyncio
import time
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord, TopicPartition
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import metrics, offsets, rejected, unreadable
from shared.backoff import Backoff
from shared.clock import Clock
from shared.data_errors import is_data_error
from shared.data_errors import reason as data_reason
from shared.database import create_engine, is_unavailable
from shared.kafka import make_consumer, stop_consumer, topic_name
from shared.offsets import Fenced, Move, Stored
from shared.outbox import Outbox
from shared.rejected import Rejected
from shared.settings import Settings
from shared.telemetry import log
from shared.turn import Handler, Turn

MAX_RECORDS = 10_000
_FIRST_RECORDS = 500
_SLOW_SECONDS, _QUICK_SECONDS = 0.5, 0.2
_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 1.0
_STUCK_SECONDS = 60.0
_SILENT_SECONDS = 20.0
_ATTEMPTS = 3
_STATEMENT_SECONDS = 5

Batch = Mapping[TopicPartition, Sequence[ConsumerRecord]]
T = TypeVar("T")


class Stuck(Exception):
    """The Kafka client does nothing any more: replace it (aiokafka #1154)."""


@dataclass(slots=True)
class _Ownership:
    """What this member owns. The epoch tells a batch that was fetched under an older assignment or position (aiokafka #738)."""

    epoch: int = 0
    unsettled: bool = True
    stored: dict[TopicPartition, Stored] = field(default_factory=dict)
    stopped: dict[TopicPartition, str] = field(default_factory=dict)

    def doubt(self) -> None:
        self.epoch += 1
        self.unsettled = True


class ConsumerLoop:
    """One member of the service's consumer group. `run` ends when `stop` is set, between two batches."""

    def __init__(self, handler: Handler, settings: Settings, clock: Clock, outbox: Outbox, *, engine: AsyncEngine | None = None) -> None:
        assert settings.database_url is not None
        self._handler = handler
        self._settings = settings
        self._clock = clock
        self._outbox = outbox
        self._engine = engine or create_engine(
            settings.database_url, name=f"plimsoll-{handler.service}-loop", pool_size=2, statement_seconds=_STATEMENT_SECONDS
        )
        self._connection: AsyncConnection | None = None
        self._own = _Ownership()
        self._lock = asyncio.Lock()
        self._failure: BaseException | None = None
        self._away: dict[str, str] = {"kafka": "has not joined its group yet"}
        self._max_records = _FIRST_RECORDS
        self._attempts: dict[tuple[TopicPartition, int], int] = {}
        self._next_tick = 0.0
        self._next_look = 0.0
        self._heard = time.monotonic()
        self._committing: asyncio.Task[None] | None = None

    # ---- what others see

    def fault(self) -> str | None:
        """None while the loop works; else which part is away, or which partition waits for an operator."""
        faults = [f"{part}: {reason}" for part, reason in self._away.items()]
        faults += [f"{tp.topic} {tp.partition}: {reason}" for tp, reason in sorted(self._own.stopped.items())]
        return "; ".join(faults) or None

    # ---- membership

    async def run(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        try:
            while not stop.is_set():
                try:
                    await self._member(stop, backoff)
                except (KafkaError, Stuck, OSError, TimeoutError) as error:
                    self._lost("kafka", error)
                    await backoff.wait(stop)
        finally:
            await self._drop_connection()
            await self._engine.dispose()

    async def _member(self, stop: asyncio.Event, backoff: Backoff) -> None:
        consumer = make_consumer(self._settings, self._handler.service, isolation_level="read_committed")
        names = {topic_name(self._settings, topic) for topic in self._handler.topics}
        consumer.subscribe(sorted(names), listener=_Listener(self))
        self._own = _Ownership(epoch=self._own.epoch + 1, stopped=self._own.stopped)
        self._heard = time.monotonic()
        try:
            if await _unless(stop, consumer.start(), _STUCK_SECONDS) is _STOPPED:
                return
            self._found("kafka")
            backoff.reset()
            while not stop.is_set():
                await self._turn(consumer, stop)
        finally:
            await self._finish_commit()
            await stop_consumer(consumer)

    async def _turn(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        self._raise_failure()
        metrics.last_progress.labels(self._handler.service).set_to_current_time()
        if self._own.unsettled and not await self._settle(consumer, stop):
            return
        batch, epoch = await self._next(consumer, stop)
        async with self._lock:  # a rebalance waits for this lock before it takes partitions away
            if epoch != self._own.epoch or stop.is_set():
                return
            if batch:
                await self._work(consumer, stop, self._applied(batch))
            if time.monotonic() >= self._next_tick and self._handler.tick_seconds is not None:
                self._next_tick = time.monotonic() + self._handler.tick_seconds
                await self._work(consumer, stop, self._transact({}, {}, tick=True))
            if time.monotonic() >= self._next_look:
                self._next_look = time.monotonic() + _LOOK_SECONDS
                await self._work(consumer, stop, self._look(consumer, idle=not batch))

    async def _next(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> tuple[Batch, int]:
        """The next records, under their bare topic names, and the epoch under which they were fetched."""
        epoch = self._own.epoch
        started = time.monotonic()
        try:
            wait = int(max(0.0, min(_WAIT_SECONDS, self._next_due() - started)) * 1000)
            fetched = await _unless(stop, consumer.getmany(timeout_ms=wait, max_records=self._max_records), _STUCK_SECONDS)
        except NoOffsetForPartitionError:
            self._own.doubt()  # seen before the first seek: harmless
            return {}, epoch
        except OffsetOutOfRangeError as error:
            log.warning("offset_out_of_range", service=self._handler.service, error=str(error))
            self._own.doubt()
            return {}, epoch
        except (KafkaError, OSError) as error:
            if not _unreadable(error):
                raise
            await self._read_carefully(consumer, stop, error)
            return {}, epoch
        except TimeoutError:
            raise Stuck("the Kafka client has not answered for a minute") from None
        except Exception as error:
            # Decompression and parsing raise what their libraries raise.
            await self._read_carefully(consumer, stop, error)
            return {}, epoch
        if fetched is _STOPPED or not fetched:
            await self._watch(consumer)
            return {}, epoch
        self._heard = time.monotonic()
        metrics.batch_seconds.labels(self._handler.service, "fetch").observe(self._heard - started)
        return {self._bare(partition): records for partition, records in fetched.items()}, epoch

    def _next_due(self) -> float:
        return min(self._next_look, self._next_tick) if self._handler.tick_seconds is not None else self._next_look

    # ---- ownership

    async def _settle(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> bool:
        """Reads the stored offsets of what is assigned, has the handler forget, and seeks. False when it has to be done again."""
        epoch = self._own.epoch
        try:
            full = sorted(consumer.assignment())
            if not full:
                self._own.stored, self._own.stopped, self._own.unsettled = {}, {}, False
                return True
            begins = await _within(_STATEMENT_SECONDS, consumer.beginning_offsets(full))
            ends = await _within(_STATEMENT_SECONDS, consumer.end_offsets(full))
            async with self._lock:
                if epoch != self._own.epoch:
                    return False
                stored = await self._read_offsets({self._bare(partition): begin for partition, begin in begins.items()})
                await self._handler.assigned(list(stored))
                self._seek(consumer, full, stored, begins, ends)
                self._own.epoch += 1  # whatever was fetched from the positions before this is stale
                self._own.unsettled = False
        except IllegalStateError:
            return False  # the assignment changed meanwhile: its listener has raised the epoch
        except Exception as error:
            if isinstance(error, KafkaError) or not is_unavailable(error):
                raise
            await self._database_lost(error, stop)
            return False
        metrics.rewinds.labels(self._handler.service).inc()
        self._found("postgres")
        return True

    def _seek(
        self,
        consumer: AIOKafkaConsumer,
        full: Iterable[TopicPartition],
        stored: Mapping[TopicPartition, Stored],
        begins: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> None:
        stopped = {}
        for partition in full:
            bare = self._bare(partition)
            reason = _out_of_range(stored[bare].next, begins[partition], ends[partition])
            if reason is None:
                consumer.resume(partition)
                consumer.seek(partition, stored[bare].next)
                continue
            stopped[bare] = reason
            consumer.pause(partition)
            consumer.seek(partition, min(max(stored[bare].next, begins[partition]), ends[partition]))
            if self._own.stopped.get(bare) != reason:
                log.error("partition_stopped", service=self._handler.service, topic=bare.topic, partition=bare.partition, reason=reason)
        self._own.stored = {partition: place for partition, place in stored.items() if partition not in stopped}
        self._own.stopped = stopped
        metrics.stopped_partitions.labels(self._handler.service).set(len(stopped))

    async def _read_offsets(self, begins: Mapping[TopicPartition, int]) -> dict[TopicPartition, Stored]:
        conn = await self._connected()
        async with conn.begin():
            found = await offsets.read(conn, self._handler.service, begins)
            if missing := {partition: begin for partition, begin in begins.items() if partition not in found}:
                await offsets.begin(conn, self._handler.service, missing)
                found = await offsets.read(conn, self._handler.service, begins)
        return found

    # ---- transactions

    async def _work(self, consumer: AIOKafkaConsumer, stop: asyncio.Event, work: Awaitable[None]) -> None:
        """Does it, and takes every failure that leaves doubt: fenced, unavailable, unknown commit. Others are defects and surface."""
        try:
            await work
            self._commit_soon(consumer)
        except Fenced:
            metrics.fenced.labels(self._handler.service).inc()
            log.info("fenced", service=self._handler.service)
            self._own.doubt()
        except Exception as error:
            self._own.doubt()
            if isinstance(error, KafkaError) or not is_unavailable(error):
                await self._drop_connection()
                raise
            await self._database_lost(error, stop)
        except BaseException:
            self._own.doubt()
            await self._drop_connection()
            raise

    async def _applied(self, batch: Batch) -> None:
        owned = {partition: records for partition, records in batch.items() if partition in self._own.stored}
        nexts = {partition: records[-1].offset + 1 for partition, records in owned.items()}
        size = sum(map(len, owned.values()))
        if not size:
            return
        started = time.monotonic()
        try:
            await self._transact(owned, nexts)
        except Exception as error:
            if not self._gives_up_on(owned, error):
                raise
            await self._isolate(owned, error)
        self._attempts.clear()
        self._adapt(size, time.monotonic() - started)
        metrics.batch_records.labels(self._handler.service).observe(size)

    def _gives_up_on(self, batch: Batch, error: Exception) -> bool:
        """Whether to look for the record that is to blame: at once for bad data, on the third attempt for what we did not foresee."""
        if isinstance(error, Fenced | KafkaError) or (is_unavailable(error) and not is_data_error(error)):
            return False
        if is_data_error(error):
            return True
        partition, records = next(iter(batch.items()))
        mark = (partition, records[0].offset)
        self._attempts[mark] = self._attempts.get(mark, 0) + 1
        log.error("batch_failed", service=self._handler.service, attempt=self._attempts[mark], exc_info=error)
        return self._attempts[mark] >= _ATTEMPTS

    async def _isolate(self, batch: Batch, error: Exception) -> None:
        """Halves a batch until the record that spoils it stands alone; that one is rejected, all others are applied."""
        await self._handler.assigned(list(batch))
        if sum(map(len, batch.values())) == 1:
            ((partition, (record,)),) = batch.items()
            log.error(
                "record_rejected",
                service=self._handler.service,
                topic=partition.topic,
                partition=partition.partition,
                offset=record.offset,
                exc_info=error,
            )
            reject = Rejected(partition.topic, partition.partition, record.offset, data_reason(error), record.value)
            await self._transact({}, {partition: record.offset + 1}, rejects=[reject])
            return
        for half in _halves(batch):
            try:
                await self._transact(half, {partition: records[-1].offset + 1 for partition, records in half.items()})
            except Exception as found:
                if isinstance(found, Fenced | KafkaError) or (is_unavailable(found) and not is_data_error(found)):
                    raise
                await self._isolate(half, found)

    async def _transact(
        self, batch: Batch, nexts: Mapping[TopicPartition, int], *, rejects: Sequence[Rejected] = (), tick: bool = False
    ) -> None:
        """One fenced transaction: compare-and-set, effects, rejected records, outgoing messages."""
        stored = self._own.stored
        moves = [
            Move(partition, place.next, nexts.get(partition, place.next))
            for partition, place in stored.items()
            if tick or partition in nexts
        ]
        if not moves:
            return
        service, started = self._handler.service, time.monotonic()
        conn = await self._connected()
        highest = {partition: place.highest for partition, place in stored.items()}
        async with conn.begin():
            await offsets.advance(conn, service, moves)
            turn = Turn(conn, batch, highest, self._clock.now(), prefix=self._settings.topic_prefix)
            if tick:
                await self._handler.tick(turn)
            elif batch:
                await self._handler.apply(turn)
            kept = [
                *turn.rejects,
                *(reject for reject in rejects if reject.offset >= highest[TopicPartition(reject.topic, reject.partition)]),
            ]
            await rejected.keep(conn, service, kept, turn.now)
            await self._outbox.write(conn, turn.outgoing)
            applied = time.monotonic()
        # Only here is the commit certain. An exception above, also at COMMIT, leaves it unknown.
        metrics.batch_seconds.labels(service, "tick" if tick else "apply").observe(applied - started)
        metrics.batch_seconds.labels(service, "commit").observe(time.monotonic() - applied)
        for move in moves:
            self._own.stored[move.partition] = Stored(move.to, max(move.to, highest[move.partition]))
        if kept:
            metrics.rejected.labels(service).inc(len(kept))
        if turn.outgoing:
            self._outbox.wake()
        for callback in turn.callbacks:
            callback()

    def _adapt(self, size: int, seconds: float) -> None:
        """Batches stay well under a second, whatever a record costs here today."""
        if seconds > _SLOW_SECONDS:
            self._max_records = max(1, min(size, self._max_records) // 2)
        elif seconds < _QUICK_SECONDS and size >= self._max_records:
            self._max_records = min(MAX_RECORDS, self._max_records * 2)

    # ---- once a second

    async def _look(self, consumer: AIOKafkaConsumer, *, idle: bool) -> None:
        """Notices a rewind while no records come, passes what holds no records (transaction markers), and measures the lag."""
        owned = list(self._own.stored)
        if self._own.stopped:
            self._own.doubt()  # perhaps an operator has decided meanwhile
        if not owned:
            return
        conn = await self._connected()
        async with conn.begin():
            found = await offsets.read(conn, self._handler.service, owned)
        if any(found.get(partition, place).next != place.next for partition, place in self._own.stored.items()) or len(found) < len(owned):
            log.info("offsets_moved", service=self._handler.service)
            self._own.doubt()
            return
        if idle:
            await self._pass_markers(consumer)
        self._measure(consumer)
        self._found("postgres")

    async def _pass_markers(self, consumer: AIOKafkaConsumer) -> None:
        """Commit markers and aborted batches take up offsets and are never returned: the stored offset steps over them."""
        ahead = {}
        with suppress(IllegalStateError):
            for partition, place in self._own.stored.items():
                position = await consumer.position(self._full(partition))
                if position > place.next:
                    ahead[partition] = position
        if ahead:
            await self._transact({}, ahead)

    def _measure(self, consumer: AIOKafkaConsumer) -> None:
        with suppress(IllegalStateError):
            for partition, place in self._own.stored.items():
                end = consumer.highwater(self._full(partition))
                lag = 0 if end is None else max(0, end - place.next)
                metrics.consumer_lag.labels(self._handler.service, partition.topic, str(partition.partition)).set(lag)

    async def _watch(self, consumer: AIOKafkaConsumer) -> None:
        """Silence while the broker has records means that the client is stuck."""
        if time.monotonic() - self._heard < _SILENT_SECONDS:
            return
        self._heard = time.monotonic()
        owned = [self._full(partition) for partition in self._own.stored]
        if not owned:
            return
        ends = await _within(_STATEMENT_SECONDS, consumer.end_offsets(owned))
        with suppress(IllegalStateError):
            for partition in owned:
                if ends[partition] > await consumer.position(partition):
                    raise Stuck(f"nothing came for {_SILENT_SECONDS:.0f} s although {partition.topic} {partition.partition} has records")

    # ---- unreadable batches

    async def _read_carefully(self, consumer: AIOKafkaConsumer, stop: asyncio.Event, error: BaseException) -> None:
        """A batch in some partition cannot be read. Goes through them one by one: what stands before it is applied, it is stepped over.

        aiokafka drops whatever else that call had fetched, so everything is read again from the stored offsets.
        """
        log.error("batch_unreadable", service=self._handler.service, error=f"{type(error).__name__}: {error}")
        self._own.doubt()
        if not await self._settle(consumer, stop):
            return
        for partition in list(self._own.stored):
            if stop.is_set() or self._own.unsettled:
                return
            await self._read_one(consumer, stop, partition)
        self._own.doubt()

    async def _read_one(self, consumer: AIOKafkaConsumer, stop: asyncio.Event, partition: TopicPartition) -> None:
        full, epoch = self._full(partition), self._own.epoch
        records: list[ConsumerRecord] = []
        reason = None
        while len(records) < self._max_records and not stop.is_set():
            try:
                # One at a time: the records before the bad batch are lost with any larger request.
                fetched = await _unless(stop, consumer.getmany(full, timeout_ms=500, max_records=1), _STUCK_SECONDS)
            except (KafkaError, OSError) as error:
                if not _unreadable(error):
                    raise
                reason = unreadable.reason(error)
                break
            except Exception as error:
                reason = unreadable.reason(error)
                break
            if fetched is _STOPPED or not fetched:
                break
            records += fetched[full]
        async with self._lock:
            if epoch != self._own.epoch:
                return
            if records:
                await self._work(consumer, stop, self._applied({partition: records}))
            if reason is not None and not self._own.unsettled:
                await self._work(consumer, stop, self._step_over(partition, reason))

    async def _step_over(self, partition: TopicPartition, reason: str) -> None:
        bad = self._own.stored[partition].next
        behind = await unreadable.next_readable(self._settings, self._full(partition), bad)
        log.error(
            "batch_stepped_over", service=self._handler.service, topic=partition.topic, partition=partition.partition, offset=bad, to=behind
        )
        await self._transact({}, {partition: behind}, rejects=[Rejected(partition.topic, partition.partition, bad, reason, None)])

    # ---- Kafka's own offsets, for lag tools only

    def _commit_soon(self, consumer: AIOKafkaConsumer) -> None:
        if (self._committing is None or self._committing.done()) and self._own.stored and not self._own.unsettled:
            places = {self._full(partition): place.next for partition, place in self._own.stored.items()}
            self._committing = asyncio.create_task(_commit_to_kafka(consumer, places))

    async def _finish_commit(self) -> None:
        if self._committing is not None:
            self._committing.cancel()
            await asyncio.gather(self._committing, return_exceptions=True)
            self._committing = None

    # ---- listener

    def assignment_changed(self) -> None:
        self._own.doubt()

    async def wait_for_batch(self) -> None:
        async with self._lock:
            return

    def fail(self, error: BaseException) -> None:
        self._failure = error

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    # ---- state

    async def _database_lost(self, error: BaseException, stop: asyncio.Event) -> None:
        await self._drop_connection()
        self._lost("postgres", error)
        self._database_backoff = getattr(self, "_database_backoff", Backoff())
        await self._database_backoff.wait(stop)

    def _lost(self, part: str, error: BaseException) -> None:
        self._own.doubt()
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}".rstrip(": ")
        if part not in self._away:
            log.warning("part_away", service=self._handler.service, part=part, error=reason)
        self._away[part] = reason

    def _found(self, part: str) -> None:
        if self._away.pop(part, None) is not None:
            log.info("part_back", service=self._handler.service, part=part)

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._engine.connect()
        return self._connection

    async def _drop_connection(self) -> None:
        """After any doubt a new one: what the old one still does is not known."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                await connection.invalidate()
            with suppress(Exception):
                await connection.close()

    def _bare(self, partition: TopicPartition) -> TopicPartition:
        return TopicPartition(partition.topic.removeprefix(self._settings.topic_prefix), partition.partition)

    def _full(self, partition: TopicPartition) -> TopicPartition:
        return TopicPartition(self._settings.topic_prefix + partition.topic, partition.partition)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Runs in aiokafka's own task, which logs and drops what it raises: so failures are handed to the loop."""

    def __init__(self, loop: ConsumerLoop) -> None:
        self._loop = loop

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        try:
            self._loop.assignment_changed()
            await self._loop.wait_for_batch()
        except Exception as error:
            self._loop.fail(error)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        try:
            self._loop.assignment_changed()
        except Exception as error:
            self._loop.fail(error)


_STOPPED: Any = object()


async def _unless(stop: asyncio.Event, work: Awaitable[T], seconds: float) -> T:
    """The result, or `_STOPPED` when `stop` is set first. TimeoutError after `seconds`: a rebalance has no limit of its own."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, stopping), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if stop.is_set():
            return _STOPPED  # type: ignore[no-any-return]
        raise TimeoutError
    finally:
        stopping.cancel()
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def _within(seconds: float, work: Awaitable[T]) -> T:
    async with asyncio.timeout(seconds):
        return await work


async def _commit_to_kafka(consumer: AIOKafkaConsumer, places: Mapping[TopicPartition, int]) -> None:
    with suppress(KafkaError, OSError, ValueError):
        await consumer.commit(places)
    await asyncio.sleep(1.0)


def _unreadable(error: BaseException) -> bool:
    from aiokafka.errors import CorruptRecordException, UnsupportedCodecError

    return isinstance(error, CorruptRecordException | UnsupportedCodecError)


def _out_of_range(offset: int, begin: int, end: int) -> str | None:
    if offset < begin:
        return (
            f"the topic begins at {begin}, but records from {offset} on were not read: they were deleted before this service saw them. "
            "Check the topic's retention, then decide with `plimsoll rewind --to earliest`"
        )
    if offset > end:
        return (
            f"the topic ends at {end}, but {offset} is the next record to read: it was truncated or made anew. "
            "Check the cluster, then decide with `plimsoll rewind --to earliest`"
        )
    return None


def _halves(batch: Batch) -> Iterable[dict[TopicPartition, Sequence[ConsumerRecord]]]:
    """Two batches that hold the same records in the same order per partition."""
    half = sum(map(len, batch.values())) // 2
    first: dict[TopicPartition, Sequence[ConsumerRecord]] = {}
    second: dict[TopicPartition, Sequence[ConsumerRecord]] = {}
    for partition, records in batch.items():
        if taken := records[:half]:
            first[partition] = taken
        if rest := records[half:]:
            second[partition] = rest
        half -= len(taken)
    return first, second
