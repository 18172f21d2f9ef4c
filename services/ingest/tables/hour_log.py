"""`usage_hour_log`: what has been counted and is not in `usage_day` yet, by partition.

Rows are added and replaced only in turns that have compared the partition's offset, or under the
same locks. So who knows a partition's newest id knows whether what is in memory is all of its log.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.accounts import partition_of
from services.ingest.backlog.pending_hours import PendingHours, apply, encoded, spread
from shared.messages import USAGE_EVENTS


class Row(NamedTuple):
    """`since`: nothing in it has waited longer."""

    partition: int
    since: datetime
    entries: bytes


async def heads(conn: AsyncConnection, owned: Collection[int], partitions: int) -> dict[int, int]:
    """The newest id of each partition that has rows."""
    found = await conn.execute(_HEADS, {"owned": list(owned), "partitions": partitions})
    return {row.partition: row.head for row in found}


async def read(
    conn: AsyncConnection, owned: Collection[int], partitions: int
) -> dict[int, list[Row]]:
    """By partition, in order."""
    found: dict[int, list[Row]] = {}
    for row in await conn.execute(_READ, {"owned": list(owned), "partitions": partitions}):
        found.setdefault(row.partition, []).append(Row(row.partition, row.since, row.entries))
    return found


async def append(conn: AsyncConnection, rows: Sequence[Row], partitions: int) -> dict[int, int]:
    """At most one row of each partition; returns their ids."""
    given = {
        "owned": [row.partition for row in rows],
        "since": [row.since for row in rows],
        "entries": [row.entries for row in rows],
        "partitions": partitions,
    }
    found = await conn.execute(_APPEND, given) if rows else ()
    return {row.partition: row.id for row in found}


async def clear(conn: AsyncConnection, owned: Collection[int], partitions: int) -> None:
    if owned:
        await conn.execute(_CLEAR, {"owned": list(owned), "partitions": partitions})


async def spread_over(conn: AsyncConnection, partitions: int) -> None:
    """Puts what was written while the topic had another number of partitions where its accounts are
    now. The caller holds the lock under which that number changes: nobody counts meanwhile.
    """
    before: dict[tuple[int, int], list[Row]] = {}
    rows = (await conn.execute(_TAKE_OTHERS, {"partitions": partitions})).all()
    for row in sorted(rows, key=lambda row: row.id):
        place = before.setdefault((row.partition, row.partitions), [])
        place.append(Row(row.partition, row.since, row.entries))
    if before:
        found = spread(map(pending_of, before.values()), lambda one: partition_of(one, partitions))
        await append(conn, [whole(place, one) for place, one in found.items()], partitions)


async def drop_account(conn: AsyncConnection, account: str) -> int:
    """Takes an account out of all logs. Returns out of how many."""
    await conn.execute(_SHARE, {"topic": USAGE_EVENTS})
    found = 0
    for place in (await conn.execute(_MENTIONS, {"account": account})).all():
        # The owner counts nothing until this ends, and reads the log again afterwards.
        await conn.execute(_HOLD, {"topic": USAGE_EVENTS, "partition": place.partition})
        rows = await read(conn, [place.partition], place.partitions)
        pending = pending_of(rows.get(place.partition, ()))
        if pending.take([account]):
            await clear(conn, [place.partition], place.partitions)
            left = [whole(place.partition, pending)] if len(pending) else []
            await append(conn, left, place.partitions)
            found += 1
    return found


async def oldest(conn: AsyncConnection) -> datetime | None:
    """Nothing has waited longer for its hour; None: nothing waits."""
    found = (await conn.execute(_OLDEST)).scalar_one()
    assert found is None or isinstance(found, datetime)
    return found


def pending_of(rows: Iterable[Row]) -> PendingHours:
    """What these rows of a partition add up to."""
    pending = PendingHours()
    for row in rows:
        apply(pending, row.entries, row.since.timestamp())
    return pending


def whole(partition: int, pending: PendingHours) -> Row:
    """A row that holds all of it."""
    since = datetime.fromtimestamp(pending.oldest or 0.0, UTC)
    return Row(partition, since, encoded((), pending.all()))


_HEADS = text(
    """
    select partition, max(id) as head from usage_hour_log
    where partition = any(:owned) and partitions = :partitions group by partition
    """
)
_READ = text(
    """
    select partition, since, entries from usage_hour_log
    where partition = any(:owned) and partitions = :partitions order by id
    """
)
_APPEND = text(
    """
    insert into usage_hour_log (partition, partitions, since, entries)
    select a.partition, :partitions, a.since, a.entries
    from unnest(cast(:owned as int[]), cast(:since as timestamptz[]), cast(:entries as bytea[]))
        as a(partition, since, entries)
    returning partition, id
    """
)
_CLEAR = text(
    "delete from usage_hour_log where partition = any(:owned) and partitions = :partitions"
)
_TAKE_OTHERS = text(
    """
    delete from usage_hour_log where partitions <> :partitions
    returning partition, partitions, id, since, entries
    """
)
_MENTIONS = text(
    """
    select distinct partition, partitions from usage_hour_log
    where position(convert_to(:account, 'UTF8') in entries) > 0 order by partition, partitions
    """
)
_SHARE = text("select from dedupe_state where topic = :topic for share")
_HOLD = text(
    """
    select from consumer_offset where service = 'ingest' and topic = :topic
        and partition = :partition for update
    """
)
_OLDEST = text("select min(since) from usage_hour_log")
