"""The ingest handler: a batch of usage events in, totals, hours, keys and wake-ups out, all in the
loop's transaction.
"""

import time
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime, timedelta

from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import TopicPartition
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest import tallies, uniques
from services.ingest.backlog.hour_backlog import HourBacklog
from services.ingest.backlog.pending_hours import AT_ONCE, Later
from services.ingest.counting import Cells, Loose, count, hours_of, received_of, totals_of
from services.ingest.dedupe import Batch, Dedupe, Keys, Positions
from services.ingest.intake import Intake, Read, Rules, read_ahead, take_in
from services.ingest.periods import Layout
from services.ingest.seen_keys import BUDGET_BYTES
from services.ingest.tables import fast_totals, hour_log, hours, keys, rejects, totals, unassigned
from services.ingest.tables.plans import Catalogue, rated
from services.ingest.tables.unassigned import LooseUsage
from services.ingest.tallies import Left, Tally, resetting
from services.ingest.wakeups import wake
from shared.erasure.tombstones import ACCOUNT_ERASED
from shared.events import Unusable, read_record
from shared.kafka.clients import KafkaUnavailable
from shared.kafka.records import Record
from shared.loop.offsets import Fenced
from shared.loop.turn import Handler, Records, TooMuch, Turn
from shared.messages import USAGE_EVENTS
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.telemetry import metrics

FEWEST_ACCOUNTS = 10_000
"""In memory. The rows of fewer accounts are at hand, and writing them costs no more than a log."""
_TICK_SECONDS = 0.25
_MERGE_SECONDS = _RATES_SECONDS = 10.0
_MOST_MERGES = 4
_QUIET = timedelta(minutes=30)


class IngestHandler(Handler):
    """Counts each event exactly once. Everything it caches can be discarded at any time, by
    `assigned`.
    """

    service = "ingest"
    topics = (USAGE_EVENTS,)
    tick_seconds: float | None = _TICK_SECONDS

    def __init__(self, context: Context, *, memory: int = BUDGET_BYTES) -> None:
        """`memory`: bytes for the keys of counted events; what the latest batches need is kept even
        beyond that.
        """
        self._context = context
        self._window = timedelta(days=context.settings.dedupe_days)
        self._dedupe = Dedupe(memory)
        self._backlog = HourBacklog()
        self._layout = Layout(self._backlog, context.settings.accounts_in_memory)
        self._catalogue = Catalogue()
        self._secret = b""
        self._next_merge = self._next_rates = 0.0
        self._rated: Set[str] | None = None
        self._always_later = context.settings.hours_later == "always"
        self._is_pressed = self._always_later

    def prepare(self, records: Records) -> Read:
        """Records that take long to parse; all others are parsed when they are counted, while they
        are in the processor's cache.
        """
        return read_ahead(record for several in records.values() for record in several)

    async def assigned(self, partitions: Collection[TopicPartition]) -> None:
        try:
            number = await self._context.probe.partitions(USAGE_EVENTS)
        except KafkaUnavailable as error:
            raise KafkaConnectionError(str(error)) from error
        owned = {partition.partition for partition in partitions}
        async with transaction(self._context.engine) as conn:
            await keys.set_partitions(conn, number)
            await hour_log.spread_over(conn, number)
            self._secret = await keys.secret(conn)
            await self._layout.begin(conn, owned, number)
        self._dedupe.forget(owned, number)
        self._backlog.doubt(owned, number)

    async def apply(self, turn: Turn) -> None:
        taken = await self._take_in(turn)
        batch = {
            partition: intake.events for partition, intake in taken.items() if len(intake.events)
        }
        await self._load_keys(turn, taken, batch)
        new, new_keys = self._dedupe.new(batch)
        await self._dedupe.keep(turn.conn, new_keys)
        left = await self._count(turn, batch, new)
        await self._backlog.finish(turn)
        for intake in taken.values():
            for record, reason in intake.rejected:
                turn.reject(record, reason, _subjects(record))
            for record, number, of in intake.erased:
                turn.reject(record, _erased(number, of), hidden=True)
            for event in intake.rerouted:
                turn.send(USAGE_EVENTS, event.account, event.value, event.headers)
        turn.after_commit(lambda: self._promote(left, turn.now))
        turn.after_commit(
            lambda: self._committed(taken, batch, sum(map(len, new.values())), new_keys)
        )

    async def tick(self, turn: Turn) -> None:
        """Moves usage of accounts whose periods have changed, writes hours that wait, and merges
        the small rows that batches wrote.
        """
        owned = {partition.partition for partition in turn.highest}
        state = await self._synced(turn.conn, owned)
        resets = self._catalogue.resets
        await self._layout.reassign_changed(turn, owned, state.plans, resets)
        await self._layout.reassign_again(turn, owned, resets)
        await self._layout.walk(turn, owned, resets)
        self._backlog.keep_only(owned)
        await self._backlog.sweep(turn.conn, all_soon=not self._is_pressed)
        await self._backlog.finish(turn, replacing=True)
        self._is_pressed = self._always_later
        turn.after_commit(lambda: self._backlog.measure(turn.now))
        if time.monotonic() >= self._next_merge:
            self._next_merge = time.monotonic() + _MERGE_SECONDS
            await keys.merge(turn.conn, owned, turn.now - _QUIET, _MOST_MERGES)

    async def _synced(self, conn: AsyncConnection, partitions: Collection[int]) -> keys.State:
        """First in every turn: until it ends nobody changes plans or drops keys, and the caches
        match them.
        """
        state = await keys.state(conn)
        if state.partitions != self._dedupe.partitions:
            raise Fenced("the topic's number of partitions has changed")
        await self._catalogue.follow(conn, state.plans)
        await self._layout.follow(conn, state.plans)
        await self._backlog.begin(conn, partitions)
        return state

    async def _take_in(self, turn: Turn) -> dict[int, Intake]:
        self._is_pressed |= turn.is_full
        partitions = {partition.partition for partition in turn.records}
        state = await self._synced(turn.conn, partitions)
        feeds = self._catalogue.feeds
        taken = {}
        for partition, records in turn.records.items():
            replayed = turn.highest.get(partition, 0)
            passed = await _rejected_before(turn.conn, partition, records, replayed)
            rules = Rules(
                feeds,
                turn.now,
                self._window,
                state.floor,
                self._secret,
                self._layout.accounts,
                self._layout.rosters.of(partition.partition),
                replayed,
                passed,
                turn.prepared or {},
            )
            taken[partition.partition] = take_in(records, partition.partition, rules)
        return taken

    async def _load_keys(self, turn: Turn, taken: Mapping[int, Intake], batch: Batch) -> None:
        """Prepares the search for duplicates. Raises TooMuch if a part of the batch has to wait."""
        alone = sum(map(len, turn.records.values())) == 1
        affordable = await self._dedupe.load(turn.conn, batch, whole=alone)
        if affordable is not None:
            raise TooMuch(_records_of(affordable, turn.records, taken))

    async def _count(self, turn: Turn, batch: Batch, new: Positions) -> Mapping[int, Left]:
        """Returns what could not be counted by arrays, by partition."""
        layout, resets = self._layout, self._catalogue.resets
        for partition, columns in batch.items():
            await layout.recall(turn.conn, partition, columns, resets, turn.now)
        found, left = tallies.tally(
            (partition, columns, new[partition], layout.rosters.of(partition))
            for partition, columns in batch.items()
        )
        await layout.look_up(turn, resetting(left.values()), resets)
        cells, waiting = count(
            ((one.columns, one.positions) for one in left.values()), layout.accounts
        )
        if cells or found:
            await self._add(turn, await uniques.resolve(turn.conn, cells, self._secret), found)
            await self._keep_loose(turn.conn, waiting)
        return left

    async def _add(self, turn: Turn, cells: Cells, found: Sequence[Tally]) -> None:
        if self._backlog.has_otherwise(self._catalogue.aggregations):
            counted = {key[0] for key in cells}.union(*(one.accounts for one in found))
            await self._backlog.write(turn.conn, counted)
        later = await self._later(turn)
        if fast_totals.is_simple(cells, found):
            due = await fast_totals.add(turn.conn, cells, found, later)
        else:
            every = {**cells, **tallies.cells_of(found)}
            due = await totals.add(turn.conn, totals_of(every))
            await hours.add(turn.conn, hours_of(later.without(every)))
        accounts = self._layout.accounts
        waiting = tallies.entries_of(cells, found, later, lambda one: accounts[one].partition)
        self._backlog.hold(waiting, turn.now)
        places = {total.place for total in due}
        wake(turn, due, received_of(cells, places) | tallies.received_of(found, places))

    async def _later(self, turn: Turn) -> Later:
        """Whose hours are not written in this turn. Past hours are: nothing more comes of them."""
        pays = turn.is_full and len(self._layout.rosters) >= FEWEST_ACCOUNTS
        policy = self._context.settings.hours_later
        if policy == "never" or self._backlog.is_full or not (pays or policy == "always"):
            return AT_ONCE
        counters = self._catalogue.counters
        if time.monotonic() >= self._next_rates:
            self._next_rates = time.monotonic() + _RATES_SECONDS
            self._rated = await rated(turn.conn)
        waiting = counters - (counters if self._rated is None else self._rated)
        return Later(waiting, int(turn.now.timestamp()) // 3600 - 1)

    async def _keep_loose(self, conn: AsyncConnection, waiting: Loose) -> None:
        """Stores usage of accounts without a subscription event by event: its period is not known
        yet.
        """
        usages = []
        for (account, meter), (aggregation, times, amounts) in waiting.items():
            numbers = [amount for amount in amounts if not isinstance(amount, str)]
            members = [
                uniques.digest(amount, self._secret)
                for amount in amounts
                if isinstance(amount, str)
            ]
            usages.append(LooseUsage(account, meter, aggregation, times, numbers, members))
        await unassigned.keep(conn, usages)

    def _promote(self, left: Mapping[int, Left], now: datetime) -> None:
        for partition, one in left.items():
            self._layout.promote(partition, one.plain, now)
        self._layout.rosters.trim()
        metrics.accounts_in_memory.set(len(self._layout.rosters))

    def _committed(
        self, taken: Mapping[int, Intake], batch: Batch, counted: int, new_keys: Keys
    ) -> None:
        self._dedupe.committed(batch, new_keys)
        self._layout.accounts.trim()
        intakes = taken.values()
        metrics.events.labels("counted").inc(counted)
        metrics.events.labels("duplicate").inc(
            sum(len(one.events) + one.repeated for one in intakes) - counted
        )
        metrics.events.labels("ignored").inc(sum(one.ignored for one in intakes))
        metrics.events.labels("rejected").inc(sum(len(one.rejected) for one in intakes))
        metrics.events.labels("erased").inc(
            sum(number for one in intakes for _, number, _ in one.erased)
        )
        metrics.rerouted.inc(sum(len(one.rerouted) for one in intakes))


def _subjects(record: Record) -> Collection[str]:
    """The accounts of a record's events, as far as it can be parsed."""
    events = read_record(record.value, record.headers)
    return () if isinstance(events, Unusable) else {event.subject for event in events}


def _erased(number: int, of: int) -> str:
    return ACCOUNT_ERASED if number == of == 1 else f"{ACCOUNT_ERASED} ({number} of {of} events)"


def _records_of(
    affordable: Mapping[int, int], records: Records, taken: Mapping[int, Intake]
) -> dict[TopicPartition, int]:
    """How many records of each partition contain no more than that many events: at least one."""
    take = {}
    for partition, some in records.items():
        ordinals = taken[partition.partition].ordinals
        most = affordable.get(partition.partition, 0)
        take[partition] = len(some) if most == len(ordinals) else ordinals[most]
    if not any(take.values()):
        take[next(iter(take))] = 1
    return take


async def _rejected_before(
    conn: AsyncConnection,
    partition: TopicPartition,
    records: Sequence[Record],
    replayed: int,
) -> Collection[int]:
    """The offsets of a replay that were rejected the first time, and stay rejected."""
    first, end = records[0].offset, min(records[-1].offset + 1, replayed)
    return (
        await rejects.offsets(conn, partition.topic, partition.partition, first, end)
        if first < end
        else ()
    )
