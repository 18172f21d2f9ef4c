"""One turn of the loop, and what a handler must offer. See docs/modules.md, "The loop"."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from aiokafka.structs import TopicPartition
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kafka.clients import Outgoing
from shared.kafka.records import Headers, Record
from shared.loop.rejected import Rejected

Records = Mapping[TopicPartition, Sequence[Record]]


class TooMuch(Exception):
    """Raised by `apply` if one turn would take too long: the first `take` records of each
    partition, at least one in all, come first.
    """

    def __init__(self, take: Mapping[TopicPartition, int]) -> None:
        super().__init__("more than fits into one turn")
        self.take = take


@dataclass(slots=True)
class Turn:
    """One transaction. Topics in `records`, `highest` and `send` are bare names; `record.topic`
    includes the installation's prefix.
    """

    conn: AsyncConnection
    records: Records
    highest: Mapping[TopicPartition, int]
    """The highest offset ever applied before this batch, plus one: anything below it is a replay.
    """
    now: datetime
    prefix: str = ""
    prepared: Any = None
    """The result of the handler's `prepare` for these records."""
    is_full: bool = False
    """Whether as many records were there as a turn takes: there are probably more."""
    outgoing: list[Outgoing] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    callbacks: list[Callable[[], None]] = field(default_factory=list)

    def send(self, topic: str, key: str, value: bytes, headers: Headers = ()) -> None:
        """Publishes after the commit, through this service's outbox, in order per key."""
        self.outgoing.append(Outgoing(topic, key.encode(), value, headers))

    def reject(
        self,
        record: Record,
        reason: str,
        about: Collection[str] = (),
        *,
        hidden: bool = False,
    ) -> None:
        """Keeps an unusable record, once. A replay does not reject it again.

        `about`: accounts besides the one in its key. `hidden`: its content is not kept.
        """
        if not self.is_replay(record):
            topic, accounts = (
                record.topic.removeprefix(self.prefix),
                {*about, *named_by_key(record)},
            )
            at = (topic, record.partition, record.offset)
            self.rejects.append(
                Rejected(*at, reason, None)
                if hidden
                else Rejected(*at, reason, record.value, accounts, record.headers)
            )

    def is_replay(self, record: Record) -> bool:
        """Whether this record, or one after it in its partition, was applied before."""
        applied = self.highest.get(
            TopicPartition(record.topic.removeprefix(self.prefix), record.partition), 0
        )
        return bool(record.offset < applied)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Runs once the commit is certain, in order, before the next turn. It must not fail."""
        self.callbacks.append(call)


class Handler(Protocol):
    """What a service does with its records. `assigned` discards everything remembered about a
    partition.
    """

    @property
    def service(self) -> str: ...
    @property
    def topics(self) -> tuple[str, ...]: ...
    @property
    def tick_seconds(self) -> float | None: ...

    @property
    def shares(self) -> Mapping[str, int]:
        """Topic -> the most records of one account in a turn; the rest waits its turn, so that
        others can pass.
        """
        return {}

    def accounts_of(self, record: Record) -> Collection[str]:
        """The accounts that a record concerns, by which its failure is isolated. Cheap, and never
        raises.
        """
        return named_by_key(record)

    def prepare(self, records: Records) -> Any:
        """Work on the records' content that needs no database: done before the transaction, which
        finds the result as `turn.prepared`.
        """
        return None

    async def assigned(self, partitions: Collection[TopicPartition]) -> None: ...
    async def apply(self, turn: Turn) -> None:
        """Applies all of it or raises. AccountsFailed names the accounts to be set aside; the turn
        is then repeated without them.
        """

    async def tick(self, turn: Turn) -> None: ...


def named_by_key(record: Record) -> Collection[str]:
    """The account in a record's key; empty if there is none."""
    try:
        account = (record.key or b"").decode()
    except UnicodeDecodeError:
        return ()
    return () if not account or "\0" in account else (account,)
