"""The loop that every service runs: batch in, one fenced transaction, messages out. Effects are
exactly-once.

The stored offset decides what is read. Whatever goes wrong, the response is the same: read the
offset again, discard cached state, seek, continue. Only what is certain is kept:
docs/exactly-once.md says why that holds.
"""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from contextlib import suppress

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from aiokafka.structs import TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock.clock import Clock
from shared.kafka import unreadable
from shared.kafka.clients import is_cancelled, make_consumer, stop_consumer, topic_name
from shared.kafka.rebalances import Listener
from shared.kafka.records import Record
from shared.kafka.topic_identity import TopicWatch, Verdict, accepted, examine, made_anew
from shared.loop.offsets import Fenced, Stored
from shared.loop.outages import Outages
from shared.loop.outbox import Outbox
from shared.loop.ownership import out_of_range
from shared.loop.rejected import Rejected
from shared.loop.turn import Handler, Records
from shared.loop.turns import Again, Turns
from shared.postgres.database import create_engine
from shared.postgres.errors import DatabaseUnavailable
from shared.postgres.recovery import Kind, Recovery
from shared.runtime.backoff import Backoff
from shared.runtime.settings import Settings
from shared.runtime.waits import Stopped, unless, within
from shared.telemetry import metrics
from shared.telemetry.logs import log
from shared.telemetry.tracebacks import told

_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 1.0
_STUCK_SECONDS = 60.0
_SILENT_SECONDS = 20.0
_BROKER_SECONDS = 5.0
_STATEMENT_SECONDS = 5
_CAREFUL_MS = 500
_LONGEST_PAUSE = 5.0
_NOTHING: Records = {}


class Stuck(Exception):
    """The Kafka client has stopped working and must be replaced (aiokafka #1154)."""


class ConsumerLoop:
    """One member of the service's consumer group. `run` ends when `stop` is set, between two
    batches.
    """

    def __init__(
        self,
        handler: Handler,
        settings: Settings,
        clock: Clock,
        outbox: Outbox,
        *,
        engine: AsyncEngine | None = None,
    ) -> None:
        assert settings.database_url is not None
        self._handler = handler
        self._settings = settings
        self._engine = engine or create_engine(
            settings.database_url,
            name=f"plimsoll-{handler.service}-loop",
            pool_size=2,
            statement_seconds=_STATEMENT_SECONDS,
        )
        self._turns = Turns(handler, clock, outbox, self._engine, settings.topic_prefix)
        self._own = self._turns.own
        self._lock = asyncio.Lock()  # held while a batch is processed: a rebalance waits for it
        self._assigned = asyncio.Event()  # set from the end of a rebalance to the start of the next
        self._failure: BaseException | None = None
        self._topics = TopicWatch(settings.topic_prefix)
        self._away = Outages(handler.service)
        self._backoff = Backoff(longest=_LONGEST_PAUSE)
        self._recovery = Recovery()
        self._wait_first = False
        self._is_new = True
        self._next_tick = self._next_look = self._next_retry = 0.0
        self._silent = 0.0  # seconds of waiting for records since the last ones
        self._committing: asyncio.Task[None] | None = None

    def fault(self) -> str | None:
        """None while the loop works; else which dependency is down, or which partition waits for an
        operator.
        """
        faults = self._away.faults()
        faults += [
            f"{tp.topic} {tp.partition}: {reason}" for tp, reason in sorted(self._waiting().items())
        ]
        return "; ".join(faults) or None

    def _waiting(self) -> dict[TopicPartition, str]:
        """Partitions that are stuck until an operator acts, and why: their offset does not
        exist.
        """
        return dict(self._own.stopped)

    # ---- membership

    async def run(self, stop: asyncio.Event) -> None:
        # Set from the start: an alert rule does not see a series that never began.
        metrics.last_progress.labels(self._handler.service).set_to_current_time()
        metrics.topics_made_anew.labels(self._handler.service)
        backoff = Backoff()
        try:
            while not stop.is_set():
                try:
                    await self._member(stop, backoff)
                except Stopped:
                    return
                except (KafkaError, Stuck, OSError, TimeoutError) as error:
                    self._lost("kafka", error)
                    await backoff.wait(stop)
                except asyncio.CancelledError:
                    if is_cancelled():
                        raise
                    self._lost("kafka", Stuck("the Kafka client gave up"))
                    await backoff.wait(stop)
        finally:
            await self._turns.drop_connection()
            await self._engine.dispose()

    async def _member(self, stop: asyncio.Event, backoff: Backoff) -> None:
        consumer = make_consumer(
            self._settings, self._handler.service, isolation_level="read_committed"
        )
        consumer.subscribe(
            [topic_name(self._settings, topic) for topic in self._handler.topics],
            listener=Listener(self),
        )
        self._own.doubt()
        self._assigned.clear()
        self._silent = 0.0
        try:
            await unless(stop, consumer.start(), _STUCK_SECONDS)
            self._away.found("kafka")
            backoff.reset()
            while not stop.is_set():
                await self._turn(consumer, stop)
        finally:
            if self._committing is not None:
                self._committing.cancel()
                await asyncio.gather(self._committing, return_exceptions=True)
                self._committing = None
            await self._topics.stop()
            await stop_consumer(consumer)

    async def _turn(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        self._raise_failure()
        metrics.stopped_partitions.labels(self._handler.service).set(len(self._waiting()))
        if self._wait_first:
            self._wait_first = False
            await self._backoff.wait(stop)
        # Nothing may be settled between a revocation and the new assignment: aiokafka would hand
        # out records of the new assignment, from wherever its group had committed, before its
        # listener has told us about it.
        if not self._assigned.is_set():
            await unless(stop, self._assigned.wait(), _STUCK_SECONDS)
            self._raise_failure()
        if self._own.unsettled and not await self._settle(consumer):
            return
        epoch = self._own.epoch
        batch = await self._next(consumer, stop)
        async with self._lock:
            if epoch != self._own.epoch or stop.is_set():
                return
            if batch:
                await self._work(self._turns.apply(batch), "batch", batch)
            if self._handler.tick_seconds is not None and self._due(
                "_next_tick", self._handler.tick_seconds
            ):
                await self._work(self._turns.tick(), "tick")
            if self._wants_retry() and self._due("_next_retry", 0.0):
                await self._retry(busy=bool(batch))
            if self._due("_next_look", _LOOK_SECONDS):
                await self._work(self._look(consumer, idle=not batch), "look")
        if not self._away.faults():
            metrics.last_progress.labels(self._handler.service).set_to_current_time()
        self._commit_soon(consumer)

    def _wants_retry(self) -> bool:
        return self._turns.parking.due or self._turns.parking.deferred

    async def _retry(self, *, busy: bool) -> None:
        """Deferred and recovering accounts get at most half of the time while others have records;
        accounts that keep failing get a small share.
        """
        started = time.monotonic()
        await self._work(self._turns.retry(), "retry")
        ended = time.monotonic()
        share = self._turns.parking.pause(busy=busy)
        self._next_retry = ended + min(_LOOK_SECONDS, share * (ended - started))

    def _due(self, name: str, seconds: float) -> bool:
        """Whether it is due and nothing is in doubt; if so, it is due again `seconds` from now."""
        now = time.monotonic()
        if self._own.unsettled or now < getattr(self, name):
            return False
        setattr(self, name, now + seconds)
        return True

    async def _next(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> Records:
        """The next records by bare topic name; empty after a second, or before the next tick."""
        started = time.monotonic()
        due = (
            self._next_look
            if self._handler.tick_seconds is None
            else min(self._next_look, self._next_tick)
        )
        if self._wants_retry():
            due = min(due, self._next_retry)
        wait = int(max(0.0, min(_WAIT_SECONDS, due - started)) * 1000)
        try:
            fetched = await unless(
                stop,
                consumer.getmany(timeout_ms=wait, max_records=self._turns.max_records),
                _STUCK_SECONDS,
            )
        except (NoOffsetForPartitionError, OffsetOutOfRangeError) as error:
            # The first happens before the first seek and is harmless; the second is examined when
            # the offsets are settled.
            log.info("position_lost", service=self._handler.service, error=type(error).__name__)
            self._own.doubt()
            return {}
        except TimeoutError:
            raise Stuck("the Kafka client has not answered for a minute") from None
        except Exception as error:
            if not unreadable.is_unreadable(error):
                raise
            await self._read_carefully(consumer, stop, error)
            return {}
        waited = time.monotonic() - started
        if not fetched:
            await self._watch(consumer, waited)
            return {}
        self._silent = 0.0
        metrics.batch_seconds.labels(self._handler.service, "fetch").observe(waited)
        return {self._bare(partition): records for partition, records in fetched.items()}

    # ---- ownership

    async def _settle(self, consumer: AIOKafkaConsumer) -> bool:
        """Reads the stored offsets of the assigned partitions, resets the handler, and seeks. False
        if it has to be repeated.
        """
        epoch, full = self._own.epoch, sorted(consumer.assignment())
        try:
            begins = await within(_BROKER_SECONDS, consumer.beginning_offsets(full)) if full else {}
            ends = await within(_BROKER_SECONDS, consumer.end_offsets(full)) if full else {}
            async with self._lock:
                if epoch != self._own.epoch:
                    return False
                # The offset first, then the handler's state: in the other order another owner could
                # commit in between.
                stored = await self._turns.read_offsets(
                    {self._bare(partition): begin for partition, begin in begins.items()}
                )
                verdict = await within(
                    _BROKER_SECONDS, examine(consumer._client, self._settings.topic_prefix, stored)
                )
                if news := verdict.news(stored):
                    await self._turns.identify(stored, news)
                    stored = accepted(stored, news)
                stored = await self._start_over(stored, begins, ends, verdict)
                await self._handler.assigned(list(stored))
                self._seek(consumer, stored, begins, ends)
                await self._prove()
            if self._is_new:
                await self._turns.hasten()
                self._is_new = False
        except IllegalStateError:
            return False  # the assignment has changed meanwhile: the listener has raised the epoch
        except DatabaseUnavailable as error:
            await self._database_lost(error, "settle")
            return False
        metrics.rewinds.labels(self._handler.service).inc()
        return True

    async def _start_over(
        self,
        stored: dict[TopicPartition, Stored],
        begins: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
        verdict: Verdict,
    ) -> dict[TopicPartition, Stored]:
        """Reads a recreated topic from its beginning, and logs it: its records below the offset
        reached in the old topic were never read. A topic that holds fewer records than that is
        stopped instead, as a truncated one would be.
        """
        starts = {}
        for partition in verdict.anew:
            full, place = self._full(partition), stored[partition]
            if out_of_range(place.next, begins[full], ends[full], self._handler.service) is None:
                starts[partition] = begins[full]
                where = {
                    "topic": partition.topic,
                    "partition": partition.partition,
                    "reason": made_anew(place),
                }
                log.error("topic_made_anew", service=self._handler.service, **where)
        if not starts:
            return stored
        await self._turns.start_over(stored, starts, verdict.current)
        metrics.topics_made_anew.labels(self._handler.service).inc(len(starts))
        return await self._turns.read_offsets(
            {partition: begins[self._full(partition)] for partition in stored}
        )

    async def _prove(self) -> None:
        """Reports PostgreSQL as recovered once it has committed something, starting with what it
        failed at.
        """
        if self._away.is_away("postgres") and not self._recovery.owes(
            self._own.stored, retrying=self._wants_retry()
        ):
            await self._turns.prove()
            self._away.found("postgres")
            self._backoff.reset()

    def _seek(
        self,
        consumer: AIOKafkaConsumer,
        stored: Mapping[TopicPartition, Stored],
        begins: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> None:
        running, stopped = {}, {}
        for full in begins:
            partition = self._bare(full)
            place = stored[partition]
            reason = out_of_range(place.next, begins[full], ends[full], self._handler.service)
            if reason is None:
                running[partition] = place
                consumer.seek(full, place.next)
                consumer.resume(full)
                continue
            stopped[partition] = reason
            consumer.pause(full)
            consumer.seek(full, ends[full])
            if self._own.stopped.get(partition) != reason:
                log.error(
                    "partition_stopped",
                    service=self._handler.service,
                    topic=partition.topic,
                    partition=partition.partition,
                    reason=reason,
                )
        for partition in self._own.stored.keys() - running.keys():
            with suppress(KeyError):  # another member reports its lag from now on
                metrics.consumer_lag.remove(
                    self._handler.service, partition.topic, str(partition.partition)
                )
        self._own.settle(running, stopped)

    async def _work(self, work: Awaitable[None], kind: Kind, batch: Records = _NOTHING) -> None:
        """Runs it and handles every failure that leaves doubt: fenced, unavailable, unknown commit.
        Any other is a defect and is raised.
        """
        try:
            await work
            self._recovery.succeeded(kind)
            self._away.found("handler")
            await self._prove()
            if not self._away.is_away("postgres"):
                self._backoff.reset()
        except Fenced:
            metrics.fenced.labels(self._handler.service).inc()
            log.info("fenced", service=self._handler.service)
            self._own.doubt()
        except Again as error:
            self._lost("handler", error.__cause__ or error)
            self._wait_first = True
        except DatabaseUnavailable as error:
            await self._database_lost(error, kind, batch)
        except BaseException:
            self._own.doubt()
            await self._turns.drop_connection()
            raise

    # ---- once a second

    async def _look(self, consumer: AIOKafkaConsumer, *, idle: bool) -> None:
        """Notices a rewind while no records arrive, skips offsets without records (transaction
        markers), and measures the lag.
        """
        if self._own.stopped:
            self._own.doubt()  # an operator may have decided meanwhile
            return
        if self._own.stored:
            if await self._turns.have_moved():
                log.info("offsets_moved", service=self._handler.service)
                self._own.doubt()
                return
            if not await self._same_topics(consumer):
                return
            if idle:
                await self._pass_markers(consumer)
            self._measure(consumer)

    async def _same_topics(self, consumer: AIOKafkaConsumer) -> bool:
        """False if one has been recreated since: settling then reports it and starts over."""
        verdict = self._topics.answer(self._own.epoch)
        if verdict is not None and verdict.anew:
            self._own.doubt()
            return False
        if verdict is not None and (news := verdict.news(self._own.stored)):
            await self._turns.identify(self._own.stored, news)
            self._own.stored = accepted(self._own.stored, news)
        self._topics.ask(consumer._client, self._own.stored, self._own.epoch)
        return True

    async def _pass_markers(self, consumer: AIOKafkaConsumer) -> None:
        """Commit markers and aborted batches occupy offsets but are never returned: the stored
        offset skips them.
        """
        ahead = {}
        with suppress(IllegalStateError):
            for partition, place in self._own.stored.items():
                position = await consumer.position(self._full(partition))
                if position > place.next:
                    ahead[partition] = position
        if ahead:
            await self._turns.pass_to(ahead)

    def _measure(self, consumer: AIOKafkaConsumer) -> None:
        with suppress(IllegalStateError):
            for partition, place in self._own.stored.items():
                end = consumer.highwater(self._full(partition))
                lag = 0 if end is None else max(0, end - place.next)
                metrics.consumer_lag.labels(
                    self._handler.service, partition.topic, str(partition.partition)
                ).set(lag)

    async def _watch(self, consumer: AIOKafkaConsumer, waited: float) -> None:
        """Silence while the broker has records means that the client is stuck. Only waiting for it
        counts: while PostgreSQL is away nobody listens.
        """
        self._silent += waited
        if self._silent < _SILENT_SECONDS:
            return
        self._silent = 0.0
        owned = [self._full(partition) for partition in self._own.stored]
        ends = await within(_BROKER_SECONDS, consumer.end_offsets(owned)) if owned else {}
        with suppress(IllegalStateError):
            for partition in owned:
                if ends[partition] > await consumer.position(partition):
                    raise Stuck(
                        f"nothing came for {_SILENT_SECONDS:.0f} s although "
                        f"{partition.topic} {partition.partition} has records"
                    )

    # ---- unreadable batches

    async def _read_carefully(
        self, consumer: AIOKafkaConsumer, stop: asyncio.Event, error: BaseException
    ) -> None:
        """Some partition has an unreadable batch. Goes through the partitions one by one: applies
        what precedes the batch, then skips it.

        aiokafka drops everything else that the call had fetched, so all is read again from the
        stored offsets.
        """
        log.error("batch_unreadable", service=self._handler.service, error=told(error))
        self._own.doubt()
        if not await self._settle(consumer):
            return
        for partition in list(self._own.stored):
            if not self._own.unsettled:
                await self._read_one(consumer, stop, partition)
        self._own.doubt()

    async def _read_one(
        self, consumer: AIOKafkaConsumer, stop: asyncio.Event, partition: TopicPartition
    ) -> None:
        full, epoch = self._full(partition), self._own.epoch
        records: list[Record] = []
        reason = None
        try:
            while len(records) < self._turns.max_records:
                # One at a time: a larger request would lose the records before the bad batch.
                fetched = await unless(
                    stop,
                    consumer.getmany(full, timeout_ms=_CAREFUL_MS, max_records=1),
                    _STUCK_SECONDS,
                )
                if not fetched:
                    break
                records += fetched[full]
        except Exception as error:
            if not unreadable.is_unreadable(error):
                raise
            reason = unreadable.reason(error)
        async with self._lock:
            if epoch == self._own.epoch and records:
                await self._work(
                    self._turns.apply({partition: records}), "batch", {partition: records}
                )
            if epoch == self._own.epoch and reason is not None:
                await self._work(self._step_over(partition, reason), "look")

    async def _step_over(self, partition: TopicPartition, reason: str) -> None:
        bad = self._own.stored[partition].next
        behind = await unreadable.next_readable(self._settings, self._full(partition), bad)
        where = {
            "topic": partition.topic,
            "partition": partition.partition,
            "offset": bad,
            "to": behind,
        }
        log.error("batch_stepped_over", service=self._handler.service, **where)
        await self._turns.pass_to(
            {partition: behind}, [Rejected(partition.topic, partition.partition, bad, reason, None)]
        )

    # ---- Kafka's own offsets, for lag tools only

    def _commit_soon(self, consumer: AIOKafkaConsumer) -> None:
        if (
            (self._committing is None or self._committing.done())
            and self._own.stored
            and not self._own.unsettled
        ):
            places = {
                self._full(partition): place.next for partition, place in self._own.stored.items()
            }
            self._committing = asyncio.create_task(_commit_to_kafka(consumer, places))

    # ---- called by the listener

    async def revoked(self) -> None:
        """Returns once no batch is being processed."""
        self._assigned.clear()
        self._own.doubt()
        async with self._lock:
            return

    async def assigned(self) -> None:
        self._own.doubt()
        self._assigned.set()

    def fail(self, error: BaseException) -> None:
        """Kept for the loop to raise: aiokafka only logs what a listener raises."""
        self._failure = error
        self._assigned.set()

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    # ---- state

    async def _database_lost(
        self, error: DatabaseUnavailable, kind: Kind, batch: Records = _NOTHING
    ) -> None:
        await self._turns.drop_connection()
        lasts = {
            partition: records[-1].offset
            for partition, records in batch.items()
            if partition in self._own.stored
        }
        self._recovery.failed(kind, lasts, self._own.stored)
        self._lost("postgres", error.error)
        self._wait_first = True

    def _lost(self, part: str, error: BaseException) -> None:
        self._own.doubt()
        self._away.lost(part, error)

    def _bare(self, partition: TopicPartition) -> TopicPartition:
        return TopicPartition(
            partition.topic.removeprefix(self._settings.topic_prefix), partition.partition
        )

    def _full(self, partition: TopicPartition) -> TopicPartition:
        return TopicPartition(self._settings.topic_prefix + partition.topic, partition.partition)


async def _commit_to_kafka(
    consumer: AIOKafkaConsumer, places: Mapping[TopicPartition, int]
) -> None:
    """At most once a second; a failure has no consequences."""
    with suppress(KafkaError, OSError, ValueError):
        await consumer.commit(places)
    await asyncio.sleep(1.0)
