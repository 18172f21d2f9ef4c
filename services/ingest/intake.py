"""What the records of a partition hold: events to count here, records to reject, events that belong elsewhere. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from services.ingest.accounts import Account
from services.ingest.calendars import BUCKET_SECONDS, bucket_of
from services.ingest.counting import Candidate
from services.ingest.index import KEY_BYTES
from services.ingest.reading import Feed, Readings
from shared.events import AHEAD, STRUCTURED_HEADERS, Event, Unusable, is_array, read_plainly, read_record, split, untimely
from shared.kafka import Headers

RECEIVED: Final = "plimsoll-received"
"""A header: when ingest took the event (HTTP) or sent it on (re-routed), RFC 3339. Its age is judged by that moment."""
_MOST_DELAY: Final = timedelta(hours=20)
"""How far back that is believed: within the day by which keys are kept longer than the window."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for a batch. Below the offset `replayed` all records were applied before; those in `passed` were rejected then."""

    feeds: Mapping[str, Feed]
    now: datetime
    window: timedelta
    floor: datetime | None
    secret: bytes
    accounts: Mapping[str, Account]
    replayed: int = 0
    passed: Collection[int] = ()
    oldest: datetime = field(init=False)
    newest: datetime = field(init=False)

    def __post_init__(self) -> None:
        oldest = self.now - self.window
        object.__setattr__(self, "oldest", oldest if self.floor is None else max(oldest, self.floor))
        object.__setattr__(self, "newest", self.now + AHEAD)


@dataclass(frozen=True, slots=True)
class Rerouted:
    account: str
    value: bytes
    headers: Headers


@dataclass(slots=True)
class Intake:
    """`ordinals` says for each candidate which of the records it came from; `resetting` are accounts whose billing period is needed."""

    candidates: list[Candidate] = field(default_factory=list)
    ordinals: list[int] = field(default_factory=list)
    resetting: set[str] = field(default_factory=set)
    rejected: list[tuple[Any, str]] = field(default_factory=list)
    rerouted: list[Rerouted] = field(default_factory=list)
    ignored: int = 0
    repeated: int = 0


class Keys:
    """Makes the sixteen bytes that stand for (account, source, id). Keyed, so that no sender can choose ids that collide."""

    __slots__ = ("_empty",)

    def __init__(self, secret: bytes) -> None:
        self._empty = blake2b(digest_size=KEY_BYTES, key=secret)

    def of(self, event: Event) -> bytes:
        keyed = self._empty.copy()
        keyed.update(f"{event.subject}\0{event.source}\0{event.id}".encode())
        return keyed.digest()


def take_in(records: Sequence[Any], partition: int, rules: Rules) -> Intake:
    """`records` are aiokafka's, in order."""
    intake, keys = Intake(), Keys(rules.secret)
    feeds, accounts, oldest, newest = rules.feeds, rules.accounts, rules.oldest, rules.newest
    for ordinal, record in enumerate(records):
        if record.offset in rules.passed:
            intake.repeated += 1
            continue
        # Nearly every record is one plain event that is counted here: that way is short.
        event = read_plainly(record.value, record.headers)
        if event is None or not oldest <= event.time <= newest or (feed := feeds.get(event.type)) is None:
            _take(intake, record, ordinal, partition, rules, keys)
            continue
        readings, account = feed.read(event), accounts[event.subject]
        if isinstance(readings, Unusable) or not readings or account.partition != partition or account.key != record.key:
            _take(intake, record, ordinal, partition, rules, keys)
            continue
        if account.calendar is None and feed.resets:
            intake.resetting.add(event.subject)
        bucket = int(event.time.timestamp()) // BUCKET_SECONDS
        intake.candidates.append((event, readings, bucket, record.timestamp, keys.of(event), account))
        intake.ordinals.append(ordinal)
    return intake


def _take(intake: Intake, record: Any, ordinal: int, partition: int, rules: Rules, keys: Keys) -> None:
    """Takes all events of a record, or rejects it."""
    events, verdicts = _judged(record, rules)
    if isinstance(verdicts, str):
        if record.offset < rules.replayed:
            intake.repeated += 1
        else:
            intake.rejected.append((record, verdicts))
        return
    elsewhere = []
    for index, (event, readings) in enumerate(zip(events, verdicts, strict=True)):
        account = rules.accounts[event.subject]
        if not readings:
            intake.ignored += 1
        elif account.partition != partition or account.key != record.key:
            elsewhere.append(index)
        else:
            if account.calendar is None and rules.feeds[event.type].resets:
                intake.resetting.add(event.subject)
            intake.candidates.append((event, readings, bucket_of(event.time), record.timestamp, keys.of(event), account))
            intake.ordinals.append(ordinal)
    if elsewhere:
        _send_on(intake, record, [(index, events[index].subject) for index in elsewhere], rules)


def _judged(record: Any, rules: Rules) -> tuple[Sequence[Event], list[Readings] | str]:
    """The events of a record and what each means, or why the record is rejected."""
    events = read_record(record.value, record.headers)
    if isinstance(events, Unusable):
        return (), events.reason
    verdicts: list[Readings] = []
    for event in events:
        verdict = _judge(event, record, rules)
        if isinstance(verdict, str):
            return (), verdict if len(events) == 1 else f"{verdict} (event {len(verdicts)} of {len(events)})"
        verdicts.append(verdict)
    return events, verdicts


def _judge(event: Event, record: Any, rules: Rules) -> Readings | str:
    """What is counted (nothing, where no meter wants it), or why it is refused."""
    if not rules.oldest <= event.time <= rules.newest and (reason := _untimely(event.time, record.headers, rules)):
        return reason
    feed = rules.feeds.get(event.type)
    if feed is None:
        return ()
    readings = feed.read(event)
    return readings.reason if isinstance(readings, Unusable) else readings


def _untimely(time: datetime, headers: Headers, rules: Rules) -> str | None:
    """Whether it is too late (or early) for an event. What HTTP took in time is not refused because it waited in the topic."""
    if time <= rules.newest and (rules.floor is None or time >= rules.floor) and time >= _received(headers, rules.now) - rules.window:
        return None
    return untimely(time, rules.now, rules.window) or "too_old: the keys of that day have been dropped"


def _received(headers: Headers, now: datetime) -> datetime:
    """When ingest first had it: a recent moment of the header, else now."""
    told = next((value for name, value in headers if name == RECEIVED and value), b"")
    try:
        received = datetime.fromisoformat(told.decode())
    except ValueError:
        return now
    return min(max(received, now - _MOST_DELAY), now) if received.tzinfo else now


def received_header(now: datetime) -> tuple[str, bytes]:
    return RECEIVED, now.isoformat().encode()


def _send_on(intake: Intake, record: Any, events: Sequence[tuple[int, str]], rules: Rules) -> None:
    """Events that another partition counts go there, each as a record of its own. What was sent on once is not sent again by a replay."""
    if record.offset < rules.replayed:
        intake.repeated += len(events)
        return
    raws: list[bytes] | Unusable = [record.value]
    headers: list[tuple[str, bytes | None]] = list(record.headers)
    if is_array(record.value):
        raws = split(record.value)
        headers = [*(header for header in headers if header[0].lower() != "content-type"), *STRUCTURED_HEADERS]
    assert not isinstance(raws, Unusable)  # it was read just now
    if not any(name == RECEIVED for name, _ in headers):
        headers.append(received_header(rules.now))
    intake.rerouted += [Rerouted(account, raws[index], headers) for index, account in events]
