"""Retries parked work: the waiting records of some accounts, in order, in one fenced turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.records import Record
from shared.loop import offsets, parked_rows, rejected
from shared.loop.isolation import AccountsFailed, Failure
from shared.loop.offsets import Fenced, Move
from shared.loop.outbox import Outbox
from shared.loop.ownership import Ownership
from shared.loop.parked_rows import Aside, Waiting
from shared.loop.parking import RECORDS_EACH, Parking
from shared.loop.rejected import Rejected
from shared.loop.turn import Handler, TooMuch, Turn
from shared.postgres import changes, data_errors
from shared.postgres.errors import DatabaseUnavailable, sqlstate
from shared.telemetry import metrics


@dataclass(slots=True)
class Attempt:
    """The work of one turn. `kept`: how many of its records were rejected."""

    aside: Sequence[Aside] = ()
    waiting: Sequence[Waiting] = ()
    turn: Turn | None = None
    gone: set[str] = field(default_factory=set)
    kept: int = 0


class Retries:
    """Stateless: the rows say what waits, and `parking` how much is retried together."""

    def __init__(self, handler: Handler, parking: Parking, prefix: str, most: int) -> None:
        """`most`: records in one turn. Each account gets at least one."""
        self._handler = handler
        self._parking = parking
        self._prefix = prefix
        self._most = most

    async def turn(
        self,
        conn: AsyncConnection,
        own: Ownership,
        now: datetime,
        outbox: Outbox,
        *,
        deferred: bool,
    ) -> None:
        """Raises what leaves doubt (Fenced, a dependency that is down); a failure of the accounts
        postpones them.
        """
        attempt = Attempt()
        try:
            async with conn.begin():
                await offsets.advance(
                    conn,
                    self._handler.service,
                    [Move(one, place.next, place.next) for one, place in own.stored.items()],
                )
                await self._load(conn, attempt, own, now, deferred=deferred)
                await self._apply(conn, attempt, outbox, now)
                await changes.tell(conn)
        except TooMuch:
            self._parking.too_much(len(attempt.aside), len(attempt.waiting))
        except Exception as error:
            if _leaves_doubt(error):
                raise
            await self._handler.assigned(
                {TopicPartition(one.record.topic, one.record.partition) for one in attempt.waiting}
            )
            await self._put_off(conn, attempt, error, now)
        else:
            self._done(attempt, outbox, deferred=deferred)

    async def _load(
        self,
        conn: AsyncConnection,
        attempt: Attempt,
        own: Ownership,
        now: datetime,
        *,
        deferred: bool,
    ) -> None:
        service, limit = self._handler.service, self._parking.at_once
        attempt.aside = await parked_rows.due(
            conn, service, own.stored, now, limit, deferred=deferred
        )
        if attempt.aside:
            each = max(1, min(self._parking.each, self._most // len(attempt.aside)))
            waiting = await parked_rows.records(
                conn, service, attempt.aside, own.stored, self._prefix, each
            )
            attempt.waiting = _alike(waiting)

    async def _apply(
        self, conn: AsyncConnection, attempt: Attempt, outbox: Outbox, now: datetime
    ) -> None:
        service, records = self._handler.service, self._by_partition(attempt.waiting)
        # A record that was applied before is still a replay; any other is new, although its offset
        # was passed long ago.
        is_replay = bool(attempt.waiting) and attempt.waiting[0].is_replay
        highest = (
            {one: max(record.offset for record in several) + 1 for one, several in records.items()}
            if is_replay
            else {}
        )
        turn = attempt.turn = Turn(conn, records, highest, now, self._prefix)
        if records:
            turn.prepared = self._handler.prepare(records)
            await self._handler.apply(turn)
        await rejected.keep(conn, service, turn.rejects, now)
        await outbox.write(conn, turn.outgoing)
        await parked_rows.drop(conn, [one.id for one in attempt.waiting])
        for lane in {one.lane for one in attempt.aside if not one.is_deferred}:
            await parked_rows.heal(
                conn, service, lane, [one.account for one in attempt.aside if one.lane == lane], now
            )
        attempt.gone = await parked_rows.release(conn, attempt.aside, service, now)
        attempt.kept = len(turn.rejects)

    def _done(self, attempt: Attempt, outbox: Outbox, *, deferred: bool) -> None:
        parking = self._parking
        if not attempt.aside:
            parking.nothing_due(deferred=deferred)
            return
        parking.each = min(RECORDS_EACH, parking.each * 2)
        parking.healed(attempt.gone if not deferred else ())
        assert attempt.turn is not None
        if attempt.kept:
            metrics.rejected.labels(self._handler.service).inc(attempt.kept)
        if attempt.turn.outgoing:
            outbox.wake()
        for callback in attempt.turn.callbacks:
            callback()

    async def _put_off(
        self, conn: AsyncConnection, attempt: Attempt, error: Exception, now: datetime
    ) -> None:
        """The failed ones wait longer. If it is not known which of several failed, each is tried
        alone.
        """
        failures = self._named(attempt, error)
        named = bool(failures)
        if not named:
            if len(attempt.aside) > 1:
                self._parking.at_once = 1
                return
            if len(attempt.waiting) > 1:
                self._parking.each = 1
                return
            if attempt.waiting and data_errors.is_refused(error):
                await self._reject(conn, attempt, error, now)
                return
            failures = {one.place: Failure("handling", error, one.lane) for one in attempt.aside}
        async with conn.begin():
            await parked_rows.park(conn, self._handler.service, failures, now)
        self._parking.tried(failures, named=named)

    def _named(self, attempt: Attempt, error: Exception) -> Mapping[parked_rows.Place, Failure]:
        if not isinstance(error, AccountsFailed):
            return {}
        found = {
            one.place: error.failures[one.account]
            for one in attempt.aside
            if one.account in error.failures
        }
        return {
            place: failure for place, failure in found.items() if failure.lane in (None, place[1])
        }

    async def _reject(
        self, conn: AsyncConnection, attempt: Attempt, error: Exception, now: datetime
    ) -> None:
        (one,), service = attempt.waiting, self._handler.service
        record, topic = one.record, one.record.topic.removeprefix(self._prefix)
        async with conn.begin():
            accounts = self._handler.accounts_of(record)
            reject = Rejected(
                topic,
                record.partition,
                record.offset,
                data_errors.reason(error),
                record.value,
                accounts,
                record.headers,
            )
            await rejected.keep(conn, service, [reject], now)
            await parked_rows.drop(conn, [one.id])
            await parked_rows.release(conn, attempt.aside, service, now)
        metrics.stepped_over.labels(service).inc()

    def _by_partition(self, waiting: Sequence[Waiting]) -> dict[TopicPartition, list[Record]]:
        found: dict[TopicPartition, list[Record]] = {}
        for one in waiting:
            partition = TopicPartition(
                one.record.topic.removeprefix(self._prefix), one.record.partition
            )
            found.setdefault(partition, []).append(one.record)
        return found


def _leaves_doubt(error: Exception) -> bool:
    """A statement that PostgreSQL ended may have been too slow because of these records."""
    return isinstance(error, Fenced | KafkaError) or (
        isinstance(error, DatabaseUnavailable)
        and sqlstate(error) not in data_errors.ENDED_BY_SERVER
    )


def _alike(waiting: Sequence[Waiting]) -> Sequence[Waiting]:
    """The longest prefix that consists only of replays, or only of new records."""
    end = next(
        (index for index, one in enumerate(waiting) if one.is_replay != waiting[0].is_replay),
        len(waiting),
    )
    return waiting[:end]
