"""The loop's side of parking: which records of a turn wait, which accounts are retried, and the log
of it.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiokafka.structs import TopicPartition
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.records import Record
from shared.loop import parked_rows
from shared.loop.isolation import Failure
from shared.loop.parked_rows import Place, Standing
from shared.loop.turn import Handler, Records
from shared.telemetry import metrics
from shared.telemetry.logs import log

MOST_AT_ONCE = 256
RECORDS_EACH = 200
_WINDOW_SECONDS = 60.0
_WHILE_BUSY, _WHILE_IDLE = 9, 4


@dataclass(slots=True)
class Divided:
    """The records of a turn: those for the handler, and those that wait, each with its place and
    whether it is a replay.
    """

    now: dict[TopicPartition, list[Record]] = field(default_factory=dict)
    later: list[tuple[Place, Record, bool]] = field(default_factory=list)


class Parking:
    """What a loop knows about parked accounts. The rows are authoritative; this only says when it
    is worth looking.
    """

    def __init__(self, handler: Handler) -> None:
        self.failing: dict[Place, Failure] = {}
        """Found in the current batch and not stored yet."""
        self.at_once = 1
        """How many accounts are retried in one turn: more after a success, one after a failure."""
        self.fails = False
        """Whether the last retry failed."""
        self.each = RECORDS_EACH
        """How many records of one account go into a turn."""
        self.due = self.deferred = False
        """Whether any account is due for a retry, or waits its turn."""
        self._handler = handler
        self._log = FaultLog(handler.service)

    def failed(self, failures: Mapping[str, Failure], batch: Records) -> bool:
        """Notes which lanes of these accounts are to wait. False if that changes nothing about the
        batch.
        """
        new: dict[Place, Failure] = {}
        for partition, records in batch.items():
            for record in records:
                for account in self._handler.accounts_of(record):
                    one = failures.get(account)
                    place = (account, partition.topic)
                    if (
                        one is not None
                        and one.lane in (None, partition.topic)
                        and place not in self.failing
                    ):
                        new[place] = one
        self.failing |= new
        return bool(new)

    async def divide(
        self,
        conn: AsyncConnection,
        batch: Records,
        *,
        is_used: bool,
        is_replay: Callable[[Record], bool],
    ) -> Divided:
        """`is_used`: whether any account is set aside in these topics. If none is and none has too
        many records, nothing is queried.
        """
        excess = self._excess(batch)
        if not is_used and not self.failing and not excess:
            return Divided(now={partition: list(records) for partition, records in batch.items()})
        aside = await self._aside(conn, batch) if is_used else set()
        return self._split(batch, aside | self.failing.keys(), excess, is_replay)

    async def _aside(self, conn: AsyncConnection, batch: Records) -> set[Place]:
        places = {
            (account, partition.topic)
            for partition, records in batch.items()
            for record in records
            for account in self._named(record)
        }
        return await parked_rows.hold(conn, self._handler.service, places)

    def _named(self, record: Record) -> Collection[str]:
        return self._handler.accounts_of(record)

    def _excess(self, batch: Records) -> dict[Place, int]:
        """Accounts that bring more than their share, and their share."""
        found: dict[Place, int] = {}
        for topic, share in self._handler.shares.items():
            of_topic = [records for partition, records in batch.items() if partition.topic == topic]
            if sum(map(len, of_topic)) <= share:
                continue
            counted = Counter(
                account
                for records in of_topic
                for record in records
                for account in self._named(record)
            )
            found |= {
                (account, topic): share for account, number in counted.items() if number > share
            }
        return found

    def _split(
        self,
        batch: Records,
        aside: Collection[Place],
        excess: Mapping[Place, int],
        is_replay: Callable[[Record], bool],
    ) -> Divided:
        found, left = Divided(), dict(excess)
        for partition, records in batch.items():
            for record in records:
                place = self._waits(partition.topic, record, aside, left)
                if place is None:
                    found.now.setdefault(partition, []).append(record)
                else:
                    found.later.append((place, record, is_replay(record)))
        return found

    def _waits(
        self, topic: str, record: Record, aside: Collection[Place], left: dict[Place, int]
    ) -> Place | None:
        places = [(account, topic) for account in self._named(record)]
        for place in places:
            if place in aside or left.get(place, 1) <= 0:
                return place
        for place in places:
            if place in left:
                left[place] -= 1
        return None

    async def write(self, conn: AsyncConnection, divided: Divided, now: datetime) -> None:
        """Stores what waits and why, in the transaction that advances past its offsets."""
        service = self._handler.service
        await parked_rows.park(conn, service, self.failing, now)
        waiting = {place for place, _, _ in divided.later}
        await parked_rows.defer(conn, service, waiting - self.failing.keys(), now)
        await parked_rows.keep(conn, service, divided.later)

    def committed(self, divided: Divided) -> None:
        """`failing` was stored with the records that wait because of it; a turn in which nothing
        waits has stored nothing.
        """
        if divided.later:
            self._log.tell(self.failing)
            self.failing = {}
            self.deferred = True

    def found(self, standing: Standing) -> None:
        """What a look at the rows, once a second, has found."""
        self.due, self.deferred = standing.is_due, standing.deferred > 0
        metrics.parked_accounts.labels(self._handler.service).set(standing.accounts)
        metrics.deferred_records.labels(self._handler.service).set(standing.deferred)

    def nothing_due(self, *, deferred: bool) -> None:
        if deferred:
            self.deferred = False
        else:
            self.due = False

    def pause(self, *, busy: bool) -> int:
        """The pause before the next retry, as a multiple of the last one's duration: the other
        services of this process need time, too.
        """
        if self.fails:
            return _WHILE_BUSY if busy else _WHILE_IDLE
        return 1 if busy else 0

    def too_much(self, accounts: int, records: int) -> None:
        """One turn would take too long: next time half of the accounts, or half of the records of a
        single one.
        """
        if accounts > 1:
            self.at_once = accounts // 2
        else:
            self.each = max(1, records // 2)

    def tried(self, failures: Mapping[Place, Failure], *, named: bool) -> None:
        """A retry has failed. `named`: it said whose fault it was, so that many can be retried for
        the price of one.
        """
        self.at_once, self.fails = min(MOST_AT_ONCE, self.at_once * 2) if named else 1, True
        self._log.tell(failures)

    def healed(self, accounts: Iterable[str]) -> None:
        self.at_once, self.fails = min(MOST_AT_ONCE, self.at_once * 2), False
        found = sorted(accounts)
        if found:
            log.info(
                "parked_accounts_recovered",
                service=self._handler.service,
                accounts=len(found),
                account=found[0],
            )


class FaultLog:
    """One line a minute for each kind of fault, with where it happened and how many accounts had
    it: thousands do not flood the log.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._since: dict[tuple[str, str], float] = {}
        self._unsaid: Counter[tuple[str, str]] = Counter()

    def tell(self, failures: Mapping[Place, Failure]) -> None:
        for (account, lane), failure in failures.items():
            metrics.parkings.labels(self._service, failure.part).inc()
            kind = (failure.part, failure.reason)
            if time.monotonic() - self._since.get(kind, -_WINDOW_SECONDS) < _WINDOW_SECONDS:
                self._unsaid[kind] += 1
                continue
            self._since[kind] = time.monotonic()
            also = self._unsaid.pop(kind, 0)
            place = {"service": self._service, "account": account, "lane": lane}
            log.error(
                "account_parked",
                **place,
                part=failure.part,
                reason=failure.reason,
                also=also,
                trace=failure.trace,
            )
