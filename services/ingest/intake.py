"""Sorts a partition's records: events to count here, records to reject, events that belong to other
partitions. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from services.ingest.accounts import Accounts
from services.ingest.calendars import bucket_of
from services.ingest.counting import Columns
from services.ingest.meter_amounts import Feed, Readings
from services.ingest.rosters import Roster
from services.ingest.seen_keys import KEY_BYTES
from shared.events import (
    PORTION,
    STRUCTURED_HEADERS,
    Event,
    Unusable,
    is_array,
    read_plain_records,
    read_record,
    split,
    untimely,
)
from shared.events.kafka import Headers
from shared.values.bounds import AHEAD

RECEIVED: Final = "plimsoll-received"
"""A header: when ingest accepted the event (HTTP) or re-routed it, RFC 3339. The event's age is
judged at that time.
"""
_FEW: Final = 16
_LARGE: Final = 4_096
"""In bytes of a record. A typical event has a tenth of it."""
_MOST_DELAY: Final = timedelta(hours=20)
"""How far back the header is trusted: within the extra day that keys outlive the window."""


Read = Mapping[tuple[int, int], list[Event] | Unusable]
"""By partition and offset: a record's events, or why there are none."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The context of a partition's records. All below the offset `replayed` were applied before;
    those in `passed` were rejected then.

    `read`: records that were parsed earlier, outside the transaction.
    """

    feeds: Mapping[str, Feed]
    now: datetime
    window: timedelta
    floor: datetime | None
    secret: bytes
    accounts: Accounts
    roster: Roster
    replayed: int = 0
    passed: Collection[int] = ()
    read: Read = field(default_factory=dict)
    oldest: datetime = field(init=False)
    newest: datetime = field(init=False)

    def __post_init__(self) -> None:
        oldest = self.now - self.window
        object.__setattr__(
            self, "oldest", oldest if self.floor is None else max(oldest, self.floor)
        )
        object.__setattr__(self, "newest", self.now + AHEAD)


@dataclass(frozen=True, slots=True)
class Rerouted:
    account: str
    value: bytes
    headers: Headers


@dataclass(slots=True)
class Intake:
    """`events` are counted here, `ordinals` are their records."""

    events: Columns = field(default_factory=Columns)
    ordinals: list[int] = field(default_factory=list)
    rejected: list[tuple[Any, str]] = field(default_factory=list)
    erased: list[tuple[Any, int, int]] = field(default_factory=list)
    """Records with events of erased accounts: how many, of how many. The record's other events
    count.
    """
    rerouted: list[Rerouted] = field(default_factory=list)
    ignored: int = 0
    repeated: int = 0


class Keys:
    """Computes the sixteen bytes that represent (account, source, id). Keyed, so that no sender can
    choose colliding ids.
    """

    __slots__ = ("_begun",)

    def __init__(self, secret: bytes) -> None:
        self._begun = blake2b(digest_size=KEY_BYTES, key=secret)
        # The secret's block is hashed only once, here, and not for every event.
        self._begun.update(b"\0")

    def of(self, events: Iterable[Event]) -> list[bytes]:
        begun, keys = self._begun.copy, []
        for event in events:
            key = begun()
            key.update(f"{event.subject}\0{event.source}\0{event.id}".encode())
            keys.append(key.digest())
        return keys


def read_ahead(records: Iterable[Any]) -> Read:
    """The large records: parsing one may take as long as counting thousands, and must not happen in
    a transaction.
    """
    return {
        (one.partition, one.offset): read_record(one.value, one.headers)
        for one in records
        if one.value and len(one.value) >= _LARGE
    }


def take_in(records: Sequence[Any], partition: int, rules: Rules) -> Intake:
    """`records` are from aiokafka, in order."""
    return _Taking(partition, rules).all(records)


class _Taking:
    """One pass over a partition's records."""

    def __init__(self, partition: int, rules: Rules) -> None:
        self._partition = partition
        self._rules = rules
        self._keys = Keys(rules.secret)
        self._intake = Intake()

    def all(self, records: Sequence[Any]) -> Intake:
        for start in range(0, len(records), PORTION):
            self._portion(records[start : start + PORTION], start)
        return self._intake

    def _portion(self, records: Sequence[Any], ordinal: int) -> None:
        """All together if each is one plain event that is counted here, as nearly all are; else by
        halves, down to single records.
        """
        if self._plain(records, ordinal):
            return
        if len(records) <= _FEW:
            for position, record in enumerate(records):
                self._one(record, ordinal + position)
            return
        half = len(records) // 2
        self._portion(records[:half], ordinal)
        self._portion(records[half:], ordinal + half)

    def _plain(self, records: Sequence[Any], ordinal: int) -> bool:
        rules = self._rules
        if rules.read and any(
            (record.partition, record.offset) in rules.read for record in records
        ):
            return False
        events = read_plain_records(
            [record.value for record in records], [record.headers for record in records]
        )
        if (
            events is None
            or rules.passed
            or not {event.type for event in events} <= rules.feeds.keys()
        ):
            return False
        times = [event.time for event in events]
        accounts = [event.subject for event in events]
        readings = _readings(events, rules.feeds)
        if not (
            rules.oldest <= min(times)
            and max(times) <= rules.newest
            and _are_keys(accounts, [record.key for record in records])
            and self._are_here(accounts)
            and all(readings)
            and Unusable not in {*map(type, readings)}
        ):
            return False
        self._add(events, accounts, readings, [record.timestamp for record in records])
        self._intake.ordinals += range(ordinal, ordinal + len(records))
        return True

    def _are_here(self, accounts: Sequence[str]) -> bool:
        """Whether the plain events of all these accounts are counted on this partition."""
        if -1 not in (slots := self._rules.roster.slots(accounts)):
            return True
        strangers = {account for account, slot in zip(accounts, slots, strict=True) if slot < 0}
        known = self._rules.accounts
        return all(known.is_plain_on(account, self._partition) for account in strangers)

    def _add(
        self,
        events: Sequence[Event],
        accounts: Sequence[str],
        readings: Sequence[Any],
        received: Sequence[int],
    ) -> None:
        columns = self._intake.events
        columns.accounts += accounts
        columns.slots += self._rules.roster.slots(accounts)
        times = [event.time for event in events]
        columns.times += times
        columns.readings += readings
        columns.buckets += _buckets(times)
        columns.received += received
        columns.keys += self._keys.of(events)

    def _one(self, record: Any, ordinal: int) -> None:
        """Accepts all events of a record, or rejects it."""
        intake, rules = self._intake, self._rules
        if record.offset in rules.passed:
            intake.repeated += 1
            return
        events, verdicts = _judged(record, rules)
        if isinstance(verdicts, str):
            if record.offset < rules.replayed:
                intake.repeated += 1
            else:
                intake.rejected.append((record, verdicts))
            return
        elsewhere = []
        if erased := verdicts.count(None):
            intake.erased.append((record, erased, len(events)))
        for index, (event, readings) in enumerate(zip(events, verdicts, strict=True)):
            account = rules.accounts[event.subject]
            if readings is None:
                continue
            if not readings:
                intake.ignored += 1
            elif account.partition != self._partition or account.key != record.key:
                elsewhere.append((index, event.subject))
            else:
                self._add([event], [account.id], [readings], [record.timestamp])
                intake.ordinals.append(ordinal)
        if elsewhere:
            _send_on(intake, record, elsewhere, rules)


def _are_keys(accounts: Sequence[str], keys: Sequence[bytes | None]) -> bool:
    """Whether each record has its account as key. No account contains the separator, so a key that
    does makes a difference too.
    """
    joined = "\0".join(accounts).encode()
    return None not in keys and b"\0".join(keys) == joined  # type: ignore[arg-type] # none is None


def _readings(events: Sequence[Event], feeds: Mapping[str, Feed]) -> Sequence[Readings | Unusable]:
    kinds = {event.type for event in events}
    if (
        len(kinds) == 1
        and (always := feeds[kinds.pop()].always([event.data for event in events])) is not None
    ):
        return [always] * len(events)
    return [feeds[event.type].read(event) for event in events]


def _buckets(times: Sequence[datetime]) -> list[int]:
    first, last = bucket_of(min(times)), bucket_of(max(times))
    return [first] * len(times) if first == last else [bucket_of(time) for time in times]


def _judged(record: Any, rules: Rules) -> tuple[Sequence[Event], list[Readings | None] | str]:
    """The events of a record and what each means (None: nothing, because its account was erased),
    or why the record is rejected.
    """
    events = rules.read.get((record.partition, record.offset)) or read_record(
        record.value, record.headers
    )
    if isinstance(events, Unusable):
        return (), events.reason
    verdicts: list[Readings | None] = []
    for event in events:
        verdict = _judge(event, record, rules)
        if isinstance(verdict, str):
            return (), verdict if len(
                events
            ) == 1 else f"{verdict} (event {len(verdicts)} of {len(events)})"
        verdicts.append(None if rules.accounts[event.subject].is_barred(event.time) else verdict)
    return events, verdicts


def _judge(event: Event, record: Any, rules: Rules) -> Readings | str:
    """What is counted (nothing if no meter wants it), or why it is refused."""
    if not rules.oldest <= event.time <= rules.newest and (
        reason := _untimely(event.time, record.headers, rules)
    ):
        return reason
    feed = rules.feeds.get(event.type)
    if feed is None:
        return ()
    readings = feed.read(event)
    return readings.reason if isinstance(readings, Unusable) else readings


def _untimely(time: datetime, headers: Headers, rules: Rules) -> str | None:
    """Why an event is too late (or early), or None. An event that HTTP accepted in time is not
    refused for waiting in the topic.
    """
    if (
        time <= rules.newest
        and (rules.floor is None or time >= rules.floor)
        and time >= _received(headers, rules.now) - rules.window
    ):
        return None
    return (
        untimely(time, rules.now, rules.window) or "too_old: the keys of that day have been dropped"
    )


def _received(headers: Headers, now: datetime) -> datetime:
    """When ingest first received it: the header's time if it is recent, else now."""
    told = next((value for name, value in headers if name == RECEIVED and value), b"")
    try:
        received = datetime.fromisoformat(told.decode())
    except ValueError:
        return now
    return min(max(received, now - _MOST_DELAY), now) if received.tzinfo else now


def received_header(now: datetime) -> tuple[str, bytes]:
    return RECEIVED, now.isoformat().encode()


def _send_on(intake: Intake, record: Any, events: Sequence[tuple[int, str]], rules: Rules) -> None:
    """Sends events that another partition counts there, each as a separate record. A replay does
    not send them again.
    """
    if record.offset < rules.replayed:
        intake.repeated += len(events)
        return
    value = record.value or b""  # in binary mode an event may lack data
    raws: list[bytes] | Unusable = [value]
    headers: list[tuple[str, bytes | None]] = list(record.headers)
    if is_array(value):
        raws = split(value)
        headers = [
            *(header for header in headers if header[0].lower() != "content-type"),
            *STRUCTURED_HEADERS,
        ]
    assert not isinstance(raws, Unusable)  # it has just been parsed
    if not any(name == RECEIVED for name, _ in headers):
        headers.append(received_header(rules.now))
    intake.rerouted += [Rerouted(account, raws[index], headers) for index, account in events]
