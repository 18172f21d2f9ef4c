"""The trigger's records: totals lead to alerts, account events to changes of plan and facts."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from aiokafka.structs import TopicPartition

from services.trigger import account_events
from services.trigger.account_events import Said
from services.trigger.alerts.watch import Watch
from services.trigger.outcome import Outcome
from services.trigger.tables import catalogs, foreign
from services.trigger.tables.present import Present
from services.trigger.totals import Counted, read_total
from shared.erasure import requests as erasure
from shared.erasure.tombstones import ACCOUNT_ERASED, is_of_erased
from shared.events import Event, Unusable, read_record
from shared.kafka.records import Record
from shared.loop.isolation import AccountsFailed
from shared.loop.turn import Handler, Records, Turn, named_by_key
from shared.messages import ACCOUNT_EVENTS, COUNTED_HERE, USAGE_TOTALS
from shared.values.faults import Fault

FACTS_APIECE = 100
"""Records of `account.events` per account and turn; further ones wait, other accounts pass."""

Heard = Sequence[tuple[Record, Sequence[Said]]]
"""The readable records of account events."""

Prepared = Mapping[tuple[int, int], Sequence[Event] | Unusable]


@dataclass(frozen=True, slots=True)
class TriggerHandler(Handler):
    """Keeps nothing between batches: each one reads what it needs, under locks."""

    watch: Watch
    service: str = "trigger"
    topics: tuple[str, ...] = (USAGE_TOTALS, ACCOUNT_EVENTS)
    tick_seconds: float | None = None

    @property
    def shares(self) -> Mapping[str, int]:
        """A fact costs at most one decision, so this many of one account delay others briefly."""
        return {ACCOUNT_EVENTS: FACTS_APIECE}

    def accounts_of(self, record: Record) -> Collection[str]:
        """The accounts that a record's events are about, whatever its key is."""
        if not record.topic.endswith(ACCOUNT_EVENTS):
            return named_by_key(record)
        events = read_record(record.value, record.headers)
        return (
            named_by_key(record)
            if isinstance(events, Unusable)
            else sorted({event.subject for event in events})
        )

    def prepare(self, records: Records) -> Prepared:
        """Account events by position in the topic, parsed or unusable."""
        found = (
            record
            for partition, several in records.items()
            if partition.topic == ACCOUNT_EVENTS
            for record in several
        )
        return {
            (record.partition, record.offset): read_record(record.value, record.headers)
            for record in found
        }

    async def assigned(self, partitions: Collection[TopicPartition]) -> None:
        return

    async def tick(self, turn: Turn) -> None:
        return

    async def apply(self, turn: Turn) -> None:
        """Applies plan changes first, so that totals of the same batch meet the new limits."""
        heard, counted = _heard(turn), await self._counted(turn)
        present = Present(self.watch.catalogs)
        await _lock(turn, heard, counted, present)
        said = await self._accepted(turn, heard, present)
        outcome = Outcome()
        if said:
            with _lane(ACCOUNT_EVENTS):
                outcome.add(
                    await account_events.take(turn.conn, self.watch, said, turn.now, present)
                )
        if counted:
            with _lane(USAGE_TOTALS):
                outcome.add(await self._woken(turn, counted, present))
        turn.outgoing.extend(outcome.messages)
        turn.after_commit(outcome.count)

    async def _woken(self, turn: Turn, counted: Sequence[Counted], present: Present) -> Outcome:
        """Our ingest sends only records that need a look; of another engine's, few do."""
        due = await foreign.take_over(turn.conn, [total for total in counted if not total.is_ours])
        looks: dict[str, set[str]] = {}
        for account, meter in due | {
            (total.account, total.meter) for total in counted if total.is_ours
        }:
            looks.setdefault(account, set()).add(meter)
        return await self.watch.reconsider(
            turn.conn, looks, now=turn.now, received=_received(counted), present=present
        )

    async def _counted(self, turn: Turn) -> list[Counted]:
        records = [
            (record, COUNTED_HERE in record.headers) for record in _records(turn, USAGE_TOTALS)
        ]
        # Our ingest has checked its totals, and `reconsider` reads the catalogue after the locks.
        applied = (
            None
            if all(is_ours for _, is_ours in records)
            else await self.watch.catalogs.in_force(turn.conn)
        )
        totals = list[tuple[Record, Counted]]()
        for record, is_ours in records:
            total = read_total(record.value, applied.catalog if applied else None, is_ours=is_ours)
            if isinstance(total, str):
                turn.reject(record, total)
            else:
                totals.append((record, total))
        barred = await erasure.barred(turn.conn, {total.account for _, total in totals})
        counted = []
        for record, total in totals:
            if (
                total.account not in barred
                or (total.last_event_at or turn.now) >= barred[total.account]
            ):
                counted.append(total)
            elif not total.is_ours:
                turn.reject(record, ACCOUNT_ERASED, hidden=True)
        return counted

    async def _accepted(self, turn: Turn, heard: Heard, present: Present) -> list[Said]:
        """The events of all usable records; a record with an unusable event is rejected as a whole.

        Events about erased accounts or people are skipped, and nothing about them is kept.
        """
        every = [said.event for _, several in heard for said in several]
        faults = await account_events.refuse(turn.conn, self.watch, every, turn.now, present)
        left, usable = iter(faults), list[Said]()
        for record, several in heard:
            own = [next(left) for _ in several]
            found = [
                _placed(fault, position, len(several))
                for position, faults in enumerate(own)
                for fault in faults
            ]
            if not found:
                usable += several
                continue
            whole = any(not is_of_erased(fault) for faults in own for fault in faults)
            about, hidden = (
                {said.event.subject for said in several},
                any(is_of_erased(fault) for fault in found),
            )
            turn.reject(record, Unusable(found).reason, about, hidden=hidden)
            if not whole:
                usable += [said for said, faults in zip(several, own, strict=True) if not faults]
        return usable


@contextmanager
def _lane(topic: str) -> Iterator[None]:
    """A failure inside belongs to records of this topic: those of the other topic continue."""
    try:
        yield
    except AccountsFailed as failed:
        raise failed.in_lane(topic) from failed.__cause__


def _records(turn: Turn, topic: str) -> Iterable[Record]:
    return (
        record
        for partition, records in turn.records.items()
        if partition.topic == topic
        for record in records
    )


def _heard(turn: Turn) -> Heard:
    found = list[tuple[Record, list[Said]]]()
    for record in _records(turn, ACCOUNT_EVENTS):
        events = turn.prepared[record.partition, record.offset]
        if isinstance(events, Unusable):
            turn.reject(record, events.reason)
        else:
            is_replay = turn.is_replay(record)
            found.append((record, [Said(event, is_replay=is_replay) for event in events]))
    return found


async def _lock(turn: Turn, heard: Heard, counted: Sequence[Counted], present: Present) -> None:
    """Before anything is read of the accounts. Without events, `reconsider` locks those whose own
    totals were counted.
    """
    said = [one for _, several in heard for one in several]
    if any(one.changes_plan for one in said):
        await catalogs.lock_plans(turn.conn)
    if said or not all(total.is_ours for total in counted):
        await present.in_force_locking(turn.conn, _accounts(said, counted))


def _placed(fault: Fault, position: int, of: int) -> Fault:
    """Where in the record the fault is: events in an array are numbered."""
    return fault if of == 1 else Fault(f"/{position}{fault.path}", fault.reason)


def _accounts(said: Iterable[Said], counted: Iterable[Counted]) -> set[str]:
    return {one.event.subject for one in said} | {total.account for total in counted}


def _received(counted: Iterable[Counted]) -> Mapping[tuple[str, str], datetime]:
    return {
        (total.account, total.meter): total.received_at
        for total in counted
        if total.received_at is not None
    }
