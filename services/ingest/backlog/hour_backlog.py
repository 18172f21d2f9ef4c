"""Hours that are written later than the totals. While there is more to count than a turn takes,
what belongs into the hours goes to memory and to a log, and from there into the table little by
little: an account that sends all the time is written once in some minutes instead of every turn.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.backlog.pending_hours import GROUPS, Entries, PendingHours, encoded
from services.ingest.tables import hour_log, hours
from services.ingest.tables.hour_log import Row
from shared.catalog import Aggregation
from shared.loop.turn import Turn
from shared.telemetry import metrics

ROUND_SECONDS: Final = 300.0
"""In that time every group is written once. A minute would be too short for a million accounts."""
MOST_PENDING: Final = 2_000_000
"""Pairs of an account and an hour, about 200 bytes each; beyond that hours are written at once."""
_MOST_ROWS: Final = 10_000
"""After which a tick ends its round early, to go on in the next one."""
_DRAINED_ROWS: Final = 5_000
_REPLACE_SECONDS: Final = 30.0
_UNKNOWN: Final = -1


@dataclass(slots=True)
class Held:
    """A partition's pending hours, as of the log's newest row `head` (None: it has none; _UNKNOWN:
    memory was changed, and whether the log was is not certain). `rows` and `size` (bytes) are the
    log's. `is_sure`: nobody else can have changed the log since `head` was compared.
    """

    pending: PendingHours = field(default_factory=PendingHours)
    head: int | None = _UNKNOWN
    is_sure: bool = False
    rows: int = 0
    size: int = 0
    replaced_at: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Changes:
    """What a turn takes out of a partition, and then adds."""

    taken: list[Entries] = field(default_factory=list)
    added: list[Entries] = field(default_factory=list)
    is_whole: bool = False
    """Whether the log is replaced by what is then pending."""


class HourBacklog:
    """Of the partitions that this process owns. Memory is changed within a turn, and is unknown
    from then until its commit: what remains unknown is read from the log again.
    """

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}
        self._partitions = 0
        self._open: Collection[int] = ()
        self._changes: dict[int, Changes] = {}
        self._hand = 0
        self._moved_at: float | None = None

    def __len__(self) -> int:
        return sum(len(one.pending) for one in self._held.values())

    @property
    def is_full(self) -> bool:
        return len(self) >= MOST_PENDING

    def doubt(self, owned: Collection[int], partitions: int) -> None:
        """Others may have changed the logs of these partitions; the topic has `partitions`."""
        if partitions != self._partitions:
            self._held.clear()
            self._partitions = partitions
        for partition in owned:
            if partition in self._held:
                self._held[partition].is_sure = False

    async def begin(self, conn: AsyncConnection, partitions: Collection[int]) -> None:
        """First in every turn, which must have compared the offsets of these partitions: makes sure
        that memory is what the log says.
        """
        self._open, self._changes = partitions, {}
        unsure = [
            partition
            for partition in partitions
            if not (one := self._held.setdefault(partition, Held())).is_sure or one.head is not None
        ]
        if not unsure:
            return
        heads = await hour_log.heads(conn, unsure, self._partitions)
        changed = [one for one in unsure if self._held[one].head != heads.get(one)]
        if changed:
            await self._read(conn, changed, heads)
        for partition in unsure:
            self._held[partition].is_sure = True

    async def _read(
        self, conn: AsyncConnection, partitions: Collection[int], heads: Mapping[int, int]
    ) -> None:
        started, written = time.monotonic(), [one for one in partitions if one in heads]
        logs = await hour_log.read(conn, written, self._partitions) if written else {}
        for partition in partitions:
            rows = logs.get(partition, [])
            self._held[partition] = Held(
                pending=hour_log.pending_of(rows),
                head=heads.get(partition),
                rows=len(rows),
                size=sum(len(row.entries) for row in rows),
            )
        if logs:
            metrics.hours_recovered.observe(time.monotonic() - started)

    def keep_only(self, owned: Collection[int]) -> None:
        """Call with all that are owned: what is pending of others is their owners' business."""
        for partition in self._held.keys() - set(owned):
            del self._held[partition]

    def has_otherwise(self, aggregations: Mapping[str, Aggregation]) -> bool:
        """Whether a meter's pending hours were counted under another aggregation."""
        return any(self._held[one].pending.has_otherwise(aggregations) for one in self._open)

    async def write(self, conn: AsyncConnection, accounts: Collection[str]) -> None:
        """Writes what is pending of these accounts: their hours are read or replaced next."""
        taken: list[Entries] = []
        for partition in self._open:
            if len(pending := self._held[partition].pending):
                taken += self._take(partition, pending.take(accounts))
        await hours.add_entries(conn, taken)

    def hold(self, entries: Mapping[int, Sequence[Entries]], now: datetime) -> None:
        """By partition, what is written later; last in a turn."""
        for partition, several in entries.items():
            change = self._change(partition)
            for one in several:
                self._held[partition].pending.add(one, now.timestamp())
            change.added += several

    async def sweep(self, conn: AsyncConnection, *, all_soon: bool) -> None:
        """Writes the groups whose turn it is; `all_soon`: as many as are quickly written."""
        now, taken, rows = time.monotonic(), list[Entries](), 0
        if not len(self):
            self._moved_at = None
        elif self._moved_at is None or all_soon:
            self._moved_at = now
        wanted = GROUPS if all_soon else self._groups_due(now)
        most = _DRAINED_ROWS if all_soon else _MOST_ROWS
        for _ in range(wanted):
            if rows >= most or not len(self):
                break
            for partition in self._open:
                some = self._held[partition].pending.take_group(self._hand)
                taken += self._take(partition, some)
                rows += sum(len(one.accounts) for one in some)
            self._hand = (self._hand + 1) % GROUPS
            self._moved_at = min(now, (self._moved_at or now) + ROUND_SECONDS / GROUPS)
        metrics.hours_swept.inc(await hours.add_entries(conn, taken))

    def _groups_due(self, now: float) -> int:
        """By how many groups the hand is behind: after a long pause by all of them."""
        passed = now - (self._moved_at or now)
        return min(GROUPS, int(passed * GROUPS / ROUND_SECONDS))

    def _take(self, partition: int, taken: list[Entries]) -> list[Entries]:
        if taken:
            self._change(partition).taken += taken
        return taken

    def _change(self, partition: int) -> Changes:
        self._held[partition].head = _UNKNOWN
        return self._changes.setdefault(partition, Changes())

    async def finish(self, turn: Turn, *, replacing: bool = False) -> None:
        """Last in every turn: writes the log. `replacing`: also anew, where that is due."""
        if replacing and (overgrown := self._overgrown()) is not None:
            self._change(overgrown).is_whole = True
        if not self._changes:
            return
        rows, anew = list[Row](), list[int]()
        for partition, change in sorted(self._changes.items()):
            pending = self._held[partition].pending
            if change.is_whole or not len(pending):
                anew.append(partition)
                rows += [hour_log.whole(partition, pending)] if len(pending) else []
            else:
                rows.append(Row(partition, turn.now, encoded(change.taken, change.added)))
        await hour_log.clear(turn.conn, anew, self._partitions)
        heads = await hour_log.append(turn.conn, rows, self._partitions)
        changed = [*self._changes]
        turn.after_commit(lambda: self._committed(changed, anew, rows, heads))

    def _overgrown(self) -> int | None:
        """The partition whose log has waited longest for being replaced, if that is due."""
        due = time.monotonic() - _REPLACE_SECONDS
        found = [
            (self._held[one].replaced_at, one)
            for one in self._open
            if self._held[one].rows > 1 and self._held[one].replaced_at <= due
        ]
        return min(found)[1] if found else None

    def _committed(
        self,
        changed: Collection[int],
        anew: Collection[int],
        rows: Sequence[Row],
        heads: Mapping[int, int],
    ) -> None:
        for partition in changed:
            self._held[partition].head = heads.get(partition)
        for partition in anew:
            held = self._held[partition]
            held.rows, held.size, held.replaced_at = 0, 0, time.monotonic()
        for row in rows:
            self._held[row.partition].rows += 1
            self._held[row.partition].size += len(row.entries)

    def measure(self, now: datetime) -> None:
        oldest = [at for one in self._held.values() if (at := one.pending.oldest) is not None]
        metrics.hours_behind.set(max(0.0, now.timestamp() - min(oldest)) if oldest else 0.0)
        metrics.hours_pending.set(len(self))
        metrics.hour_log_bytes.set(sum(one.size for one in self._held.values()))
