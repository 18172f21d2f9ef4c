"""`dedupe_segment`: the keys of counted events as a log, with a row of bytes per batch and bucket;
and its state.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.calendars import bucket_of, bucket_start
from services.ingest.seen_keys import Bucket
from shared.messages import USAGE_EVENTS

_LOCK = 7_274_617
"""Serialises the processes that create or drop a day."""


@dataclass(frozen=True, slots=True)
class State:
    """`plans` is the revision of plans and catalogue; keys of events before `floor` have been
    dropped.
    """

    plans: int
    partitions: int | None
    floor: datetime | None


async def secret(conn: AsyncConnection) -> bytes:
    """The secret of the keys, so that nobody can choose colliding event ids."""
    found = (
        await conn.execute(
            text("select secret from dedupe_state where topic = :topic"), {"topic": USAGE_EVENTS}
        )
    ).scalar_one()
    assert isinstance(found, bytes)
    return found


async def state(conn: AsyncConnection) -> State:
    """Takes shared locks until the end of the transaction: nobody changes a plan, adds a partition
    or drops keys meanwhile.
    """
    row = (await conn.execute(_STATE, {"topic": USAGE_EVENTS})).one()
    return State(row.plans, row.partitions, row.floor)


async def set_partitions(conn: AsyncConnection, partitions: int) -> None:
    """Waits for every batch that still counts under the old number, so that their keys are there
    before anyone loads.
    """
    await conn.execute(
        text("update dedupe_state set partitions = :partitions where topic = :topic"),
        {"topic": USAGE_EVENTS, "partitions": partitions},
    )


async def sizes(
    conn: AsyncConnection, buckets: Sequence[Bucket], partitions: int
) -> dict[Bucket, int]:
    """How many bytes of keys each bucket would load."""
    rows = await conn.execute(_SIZES, _columns(buckets) | {"partitions": partitions})
    return {Bucket(row.partition, bucket_of(row.bucket)): row.size for row in rows}


async def load(
    conn: AsyncConnection, buckets: Sequence[Bucket], partitions: int
) -> dict[Bucket, bytes]:
    """All keys of each bucket, including those written when the topic had another number of
    partitions. b"" if there are none.
    """
    rows = await conn.execute(_LOAD, _columns(buckets) | {"partitions": partitions})
    return dict.fromkeys(buckets, b"") | {
        Bucket(row.partition, bucket_of(row.bucket)): row.keys for row in rows
    }


async def append(
    conn: AsyncConnection, keys: Mapping[Bucket, Sequence[bytes]], partitions: int
) -> None:
    buckets = sorted(keys)
    segments = [b"".join(keys[bucket]) for bucket in buckets]
    await conn.execute(_APPEND, _columns(buckets) | {"keys": segments, "partitions": partitions})


async def merge(
    conn: AsyncConnection, partitions: Collection[int], quiet_before: datetime, most: int
) -> int:
    """Merges the rows of up to `most` buckets that are older than `quiet_before`, or have hundreds
    of rows. Returns how many.

    Only a partition's owner writes to it, and merges in a fenced turn: no row can be added in
    between.
    """
    wanted = {"owned": list(partitions), "quiet_before": quiet_before, "most": most}
    return len((await conn.execute(_MERGE, wanted)).all())


async def make_days(conn: AsyncConnection, days: Collection[date]) -> None:
    """Creates the key tables of these days. Attaching a table, unlike creating it in place, does
    not lock others out.
    """
    await conn.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    existing = await _existing_days(conn)
    for day in sorted(set(days) - existing):
        name, bounds = _table(day), f"from ('{day} 00:00Z') to ('{day + timedelta(1)} 00:00Z')"
        await conn.execute(text(f"create table {name} (like dedupe_segment including all)"))
        await conn.execute(
            text(f"alter table dedupe_segment attach partition {name} for values {bounds}")
        )


async def drop_days(conn: AsyncConnection, before: date) -> list[date]:
    """Drops the keys of earlier days and records it: events of that age are refused from now on,
    even if the clock is set back.
    """
    gone = sorted(day for day in await _existing_days(conn) if day < before)
    if gone:
        await conn.execute(
            _RAISE_FLOOR, {"topic": USAGE_EVENTS, "floor": datetime.combine(before, time(), UTC)}
        )
        await conn.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        for day in gone:
            await conn.execute(text(f"drop table {_table(day)}"))
    return gone


async def _existing_days(conn: AsyncConnection) -> set[date]:
    names = (await conn.execute(_DAYS)).scalars()
    return {datetime.strptime(name[-8:], "%Y%m%d").date() for name in names}


def _table(day: date) -> str:
    return f"dedupe_segment_{day:%Y%m%d}"


def _columns(buckets: Sequence[Bucket]) -> dict[str, object]:
    return {
        "parts": [bucket.partition for bucket in buckets],
        "buckets": [bucket_start(bucket.number) for bucket in buckets],
    }


_STATE = text(
    """
    select r.value as plans, d.partitions, nullif(d.floor, '-infinity') as floor
    from revision r, dedupe_state d where r.name = 'plans' and d.topic = :topic for share
    """
)

# Three index ranges, so that no keys of unwanted rows are fetched.
_WANTED = """
    unnest(cast(:parts as int[]), cast(:buckets as timestamptz[])) as w(partition, bucket)
    join lateral (
        select s.keys from dedupe_segment s
        where s.bucket = w.bucket and s.partitions = :partitions and s.partition = w.partition
        union all select s.keys from dedupe_segment s
        where s.bucket = w.bucket and s.partitions < :partitions
        union all select s.keys from dedupe_segment s
        where s.bucket = w.bucket and s.partitions > :partitions
    ) as found on true
    group by w.partition, w.bucket
"""
_SIZES = text(f"select w.partition, w.bucket, sum(octet_length(found.keys)) as size from {_WANTED}")
_LOAD = text(f"select w.partition, w.bucket, string_agg(found.keys, '') as keys from {_WANTED}")
_APPEND = text(
    """
    insert into dedupe_segment (bucket, partition, partitions, keys)
    select a.bucket, a.partition, :partitions, a.keys
    from unnest(cast(:parts as int[]), cast(:buckets as timestamptz[]),
        cast(:keys as bytea[])) as a(partition, bucket, keys)
    """
)
_MERGE = text(
    """
    with crowded as materialized (
        select bucket, partition, partitions from dedupe_segment where partition = any(:owned)
        group by bucket, partition, partitions having count(*) > case when bucket < :quiet_before
            then 1 else 500 end
        order by bucket limit :most
    ), gone as (
        delete from dedupe_segment s using crowded c
        where s.bucket = c.bucket and s.partition = c.partition and s.partitions = c.partitions
        returning s.bucket, s.partition, s.partitions, s.keys
    )
    insert into dedupe_segment (bucket, partition, partitions, keys)
    select bucket, partition, partitions, string_agg(keys, '') from gone group by bucket,
        partition, partitions
    returning bucket
    """
)
_RAISE_FLOOR = text("update dedupe_state set floor = greatest(floor, :floor) where topic = :topic")
_DAYS = text(
    "select inhrelid::regclass::text from pg_inherits where inhparent = 'dedupe_segment'::regclass"
)
