"""The ingest handler: a batch of usage events in, totals, hours, keys and wake-ups out, all in the loop's transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain

import msgspec
from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import ConsumerRecord, TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest import uniques
from services.ingest.accounts import Accounts
from services.ingest.counting import Cell, Loose, count, hours_of, totals_of
from services.ingest.dedupe import Batch, Dedupe, keys_of
from services.ingest.intake import Intake, Rules, take_in
from services.ingest.plans import Catalogue, changed_since, subscribed
from services.ingest.tables import hours, keys, totals
from services.ingest.tables.totals import Due
from shared import metrics
from shared.context import Context
from shared.database import transaction
from shared.kafka import KafkaUnavailable
from shared.messages import USAGE_EVENTS, USAGE_TOTALS, Total, TotalPeriod
from shared.offsets import Fenced
from shared.quantities import plain
from shared.turn import Records, TooMuch, Turn

_TICK_SECONDS = 0.25
_MOST_CHANGES = 1_000


class IngestHandler:
    """Counts each event exactly once. What it remembers can be thrown away at any time: `assigned`."""

    service = "ingest"
    topics = (USAGE_EVENTS,)
    tick_seconds: float | None = _TICK_SECONDS

    def __init__(self, context: Context, *, dedupe: Dedupe | None = None) -> None:
        self._context = context
        self._window = timedelta(days=context.settings.dedupe_days)
        self._dedupe = dedupe or Dedupe()
        self._accounts = Accounts()
        self._catalogue = Catalogue()
        self._secret = b""
        self._plans = 0

    async def assigned(self, partitions: Collection[TopicPartition]) -> None:
        try:
            number = await self._context.probe.partitions(USAGE_EVENTS)
        except KafkaUnavailable as error:
            raise KafkaConnectionError(str(error)) from error
        async with transaction(self._context.engine) as conn:
            await keys.set_partitions(conn, number)
            self._secret = await keys.secret(conn)
        self._dedupe.partitions = number
        self._dedupe.forget({partition.partition for partition in partitions})
        self._accounts.spread_over(number)
        self._accounts.forget_calendars()

    async def apply(self, turn: Turn) -> None:
        taken = await self._take_in(turn)
        batch = {partition: intake.candidates for partition, intake in taken.items() if intake.candidates}
        await self._load(turn, taken, batch)
        new = self._dedupe.new(batch)
        await self._look_up_calendars(turn.conn, set().union(*(intake.resetting for intake in taken.values())))
        await self._count(turn, new)
        self._send_on(turn, taken)
        turn.after_commit(lambda: self._committed(taken, batch, new))

    async def tick(self, turn: Turn) -> None:
        return

    # ---- what a batch holds

    async def _take_in(self, turn: Turn) -> dict[int, Intake]:
        state = await keys.state(turn.conn)
        if state.partitions != self._dedupe.partitions:
            raise Fenced("the topic has another number of partitions now")
        feeds = await self._catalogue.feeds(turn.conn, state.plans)
        if state.plans != self._plans:
            await self._forget_changed(turn.conn, state.plans)
        taken = {}
        for partition, records in turn.records.items():
            replayed = turn.highest.get(partition, 0)
            passed = await _rejected_before(turn.conn, partition, records, replayed)
            rules = Rules(feeds, turn.now, self._window, state.floor, self._secret, self._accounts.get, replayed, passed)
            taken[partition.partition] = take_in(records, partition.partition, rules)
        return taken

    async def _load(self, turn: Turn, taken: Mapping[int, Intake], batch: Batch) -> None:
        """Makes the index ready for the batch. Raises TooMuch where a part of it has to wait."""
        alone = sum(map(len, turn.records.values())) == 1
        affordable = await self._dedupe.load(turn.conn, batch, whole=alone)
        if affordable is not None:
            raise TooMuch(_records_of(affordable, turn.records, taken))

    async def _forget_changed(self, conn: AsyncConnection, plans: int) -> None:
        """Somebody has changed what is sold, or to whom: those accounts are looked up again."""
        changed = await changed_since(conn, self._plans, _MOST_CHANGES + 1) if self._plans else {}
        self._accounts.forget_calendars(changed if self._plans and len(changed) <= _MOST_CHANGES else None)
        self._plans = plans

    # ---- counting

    async def _look_up_calendars(self, conn: AsyncConnection, accounts: Collection[str]) -> None:
        unknown = self._accounts.without_calendar(accounts)
        if not unknown:
            return
        found = await subscribed(conn, unknown)
        for account in unknown:
            self._accounts.learn(account, found[account].grid if account in found else None)

    async def _count(self, turn: Turn, new: Batch) -> None:
        conn = turn.conn
        await self._dedupe.keep(conn, keys_of(new))
        cells, waiting = count(chain.from_iterable(new.values()), self._accounts.calendar)
        if not cells:
            return
        cells = await uniques.resolve(conn, cells, self._secret)
        sums = totals_of(cells)
        due = await totals.add(conn, sums)
        await hours.add(conn, hours_of(cells))
        await self._keep_loose(conn, waiting)
        for total in due:
            self._wake(turn, total, sums[total.place])

    async def _keep_loose(self, conn: AsyncConnection, waiting: Loose) -> None:
        return

    def _wake(self, turn: Turn, due: Due, cell: Cell) -> None:
        turn.send(USAGE_TOTALS, due.place.account, total_record(due, _moment(cell.received_ms)))

    def _send_on(self, turn: Turn, taken: Mapping[int, Intake]) -> None:
        for intake in taken.values():
            for record, reason in intake.rejected:
                turn.reject(record, reason)
            for event in intake.rerouted:
                turn.send(USAGE_EVENTS, event.account, event.value, event.headers)

    def _committed(self, taken: Mapping[int, Intake], batch: Batch, new: Batch) -> None:
        self._dedupe.committed(batch, keys_of(new))
        self._accounts.trim()
        counted = sum(map(len, new.values()))
        metrics.events.labels("counted").inc(counted)
        metrics.events.labels("duplicate").inc(sum(map(len, batch.values())) - counted + sum(intake.repeated for intake in taken.values()))
        metrics.events.labels("ignored").inc(sum(intake.ignored for intake in taken.values()))
        metrics.events.labels("rejected").inc(sum(len(intake.rejected) for intake in taken.values()))
        metrics.rerouted.inc(sum(len(intake.rerouted) for intake in taken.values()))


def _records_of(affordable: Mapping[int, int], records: Records, taken: Mapping[int, Intake]) -> dict[TopicPartition, int]:
    """How many records of each partition hold no more than so many candidates: one at least."""
    take = {}
    for partition, some in records.items():
        ordinals = taken[partition.partition].ordinals
        most = affordable.get(partition.partition, 0)
        take[partition] = len(some) if most == len(ordinals) else ordinals[most]
    if not any(take.values()):
        take[next(iter(take))] = 1
    return take


def total_record(due: Due, received_at: datetime | None) -> bytes:
    """The `usage.totals` record of a total that somebody must look at."""
    period = None if due.end is None else TotalPeriod(due.place.start, due.end)
    used = msgspec.Raw(plain(due.used).encode())
    return msgspec.json.encode(
        Total(due.place.account, due.place.meter, period, used, due.last_event_at, due.revision, due.epoch, received_at)
    )


def _moment(received_ms: int) -> datetime | None:
    """A record's timestamp, which its producer may have made up."""
    try:
        return datetime.fromtimestamp(received_ms / 1000, UTC) if received_ms > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


async def _rejected_before(
    conn: AsyncConnection, partition: TopicPartition, records: Sequence[ConsumerRecord], replayed: int
) -> Collection[int]:
    """The offsets of a replay that were rejected the first time: they stay so."""
    first, end = records[0].offset, min(records[-1].offset + 1, replayed)
    if first >= end:
        return ()
    rows = await conn.execute(_REJECTED, {"topic": partition.topic, "partition": partition.partition, "first": first, "end": end})
    return set(rows.scalars())


_REJECTED = text(
    """
    select "offset" from event_rejected
    where service = 'ingest' and topic = :topic and partition = :partition and "offset" >= :first and "offset" < :end
    """
)
