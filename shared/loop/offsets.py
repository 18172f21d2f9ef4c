"""Stored offsets: read them, advance them by compare-and-set, or check that they have not moved."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from aiokafka.structs import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class Fenced(Exception):
    """A stored offset was moved by another owner of the partition, or by a rewind."""


@dataclass(frozen=True, slots=True)
class Stored:
    """`identity`: which topic the offsets refer to, as recorded by `topic_identity`; None:
    not known yet.
    """

    next: int
    highest: int
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """`expected` is what we believe is stored; `to` is the next offset after this turn."""

    partition: TopicPartition
    expected: int
    to: int


async def read(
    conn: AsyncConnection, service: str, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, Stored]:
    """The stored offsets of the partitions that have a row."""
    rows = await conn.execute(
        _READ, {"service": service, "topics": sorted({partition.topic for partition in partitions})}
    )
    found = {
        TopicPartition(row.topic, row.partition): Stored(
            row.next_offset, row.highest_offset, row.identity
        )
        for row in rows
    }
    return {partition: found[partition] for partition in partitions if partition in found}


async def begin(conn: AsyncConnection, service: str, starts: Mapping[TopicPartition, int]) -> None:
    """Inserts rows for partitions seen for the first time. If another process was quicker, its row
    stays.
    """
    partitions = sorted(starts)
    await conn.execute(
        _BEGIN,
        {"service": service}
        | _columns(partitions)
        | {"starts": [starts[partition] for partition in partitions]},
    )


async def advance(conn: AsyncConnection, service: str, moves: Collection[Move]) -> bool:
    """The first statement of a turn: locks and advances all, or raises Fenced. Rows are locked in
    the same order everywhere.

    Returns whether any account is set aside in one of these topics.
    """
    ordered = sorted(moves, key=lambda move: move.partition)
    moving = any(move.to != move.expected for move in ordered)
    result = await conn.execute(
        _ADVANCE if moving else _HOLD,
        {"service": service}
        | _columns([move.partition for move in ordered])
        | {"expected": [move.expected for move in ordered]}
        | ({"targets": [move.to for move in ordered]} if moving else {}),
    )
    rows = result.all()
    if len(rows) != len(ordered):
        raise Fenced(f"the stored offsets of {service} have moved")
    return any(row.is_used for row in rows)


async def identify(
    conn: AsyncConnection,
    service: str,
    before: Mapping[TopicPartition, str | None],
    now: Mapping[TopicPartition, str],
) -> None:
    """Records which topics the offsets refer to, unless another process has done so meanwhile."""
    partitions = sorted(now)
    await conn.execute(
        _IDENTIFY,
        {"service": service}
        | _columns(partitions)
        | {
            "before": [before[partition] for partition in partitions],
            "identities": [now[partition] for partition in partitions],
        },
    )


async def start_over(
    conn: AsyncConnection,
    service: str,
    stored: Mapping[TopicPartition, Stored],
    starts: Mapping[TopicPartition, int],
    identities: Mapping[TopicPartition, str],
) -> None:
    """Starts in a new topic of the same name, unless another process has: nothing of it was read,
    so nothing of it is a replay.
    """
    partitions = sorted(starts)
    await _leave_behind(conn, service, partitions)
    await conn.execute(
        _START_OVER,
        {"service": service}
        | _columns(partitions)
        | {
            "starts": [starts[partition] for partition in partitions],
            "before": [stored[partition].identity for partition in partitions],
            "identities": [identities.get(partition) for partition in partitions],
        },
    )


async def _leave_behind(
    conn: AsyncConnection, service: str, partitions: Collection[TopicPartition]
) -> None:
    """Renumbers the records kept from the old topic: otherwise records of the new topic at the same
    offsets would count as kept already.
    """
    if partitions:
        for statement in (_LEAVE_PARKED, _LEAVE_REJECTED):
            await conn.execute(statement, {"service": service} | _columns(partitions))


async def touch(
    conn: AsyncConnection, service: str, partitions: Collection[TopicPartition]
) -> None:
    """Rewrites the rows unchanged."""
    await conn.execute(_TOUCH, {"service": service} | _columns(sorted(partitions)))


async def place(
    conn: AsyncConnection,
    service: str,
    targets: Mapping[TopicPartition, int],
    *,
    ends: Mapping[TopicPartition, int],
    identities: Mapping[TopicPartition, str],
    anew: Collection[TopicPartition],
) -> None:
    """A rewind: sets the next offset and keeps the highest, so that a replay is recognized. A
    highest offset beyond the topic's end, or of a topic in `anew`, belonged to another topic.
    Partitions that no longer exist are forgotten.
    """
    partitions = sorted(targets)
    await _leave_behind(conn, service, sorted(anew))
    await conn.execute(_FORGET, {"service": service} | _columns(partitions))
    await conn.execute(
        _PLACE,
        {"service": service}
        | _columns(partitions)
        | {
            "targets": [targets[partition] for partition in partitions],
            "ends": [ends[partition] for partition in partitions],
            "identities": [identities.get(partition) for partition in partitions],
            "anew": [partition in anew for partition in partitions],
        },
    )


def _columns(partitions: Collection[TopicPartition]) -> dict[str, object]:
    return {
        "topics": [partition.topic for partition in partitions],
        "partitions": [partition.partition for partition in partitions],
    }


_READ = text(
    "select topic, partition, next_offset, highest_offset, identity "
    "from consumer_offset where service = :service and topic = any(:topics)"
)

_BEGIN = text(
    """
    insert into consumer_offset (service, topic, partition, next_offset, highest_offset)
    select :service, w.topic, w.partition, w.start, 0
    from unnest(cast(:topics as text[]), cast(:partitions as int[]),
        cast(:starts as bigint[])) as w(topic, partition, start)
    on conflict do nothing
    """
)

# READ COMMITTED checks a changed row again once we hold the lock, so a stale expectation matches
# nothing.
_IS_USED = (
    "exists (select 1 from parked k where k.service = :service and k.lane = o.topic) as is_used"
)
_LOCKED = f"""
    select o.topic, o.partition, {_IS_USED} from consumer_offset o
    join unnest(cast(:topics as text[]), cast(:partitions as int[]),
        cast(:expected as bigint[])) as w(topic, partition, expected)
      on o.topic = w.topic and o.partition = w.partition
    where o.service = :service and o.next_offset = w.expected
    order by o.topic, o.partition
    for update of o
"""
_HOLD = text(_LOCKED)
_ADVANCE = text(
    f"""
    with locked as materialized ({_LOCKED})
    update consumer_offset o set next_offset = t.target, highest_offset = greatest(o.highest_offset,
        t.target)
    from locked l
    join unnest(cast(:topics as text[]), cast(:partitions as int[]),
        cast(:targets as bigint[])) as t(topic, partition, target)
      on t.topic = l.topic and t.partition = l.partition
    where o.service = :service and o.topic = l.topic and o.partition = l.partition
    returning o.partition, l.is_used
    """
)

_IDENTIFY = text(
    """
    update consumer_offset o set identity = w.identity
    from unnest(cast(:topics as text[]), cast(:partitions as int[]), cast(:before as text[]),
        cast(:identities as text[]))
         as w(topic, partition, before, identity)
    where o.service = :service and o.topic = w.topic and o.partition = w.partition
        and o.identity is not distinct from w.before
    """
)

_START_OVER = text(
    """
    update consumer_offset o set next_offset = w.start, highest_offset = w.start,
        identity = w.identity
    from unnest(
        cast(:topics as text[]), cast(:partitions as int[]), cast(:starts as bigint[]),
            cast(:before as text[]), cast(:identities as text[])
    ) as w(topic, partition, start, before, identity)
    where o.service = :service and o.topic = w.topic and o.partition = w.partition
        and o.identity is not distinct from w.before
    """
)

_LEFT = """
    update {table} k set "offset" = -k.id from unnest(cast(:topics as text[]),
        cast(:partitions as int[])) as w(topic, partition)
    where k.service = :service and k.{topic} = w.topic and k.partition = w.partition
        and k."offset" >= 0
"""
_LEAVE_PARKED = text(_LEFT.format(table="parked_record", topic="lane"))
_LEAVE_REJECTED = text(_LEFT.format(table="event_rejected", topic="topic"))

_TOUCH = text(
    """
    with locked as materialized (
        select o.topic, o.partition from consumer_offset o
        join unnest(cast(:topics as text[]), cast(:partitions as int[])) as w(topic, partition)
          on o.topic = w.topic and o.partition = w.partition
        where o.service = :service order by o.topic, o.partition for update of o
    )
    update consumer_offset o set highest_offset = o.highest_offset from locked l
    where o.service = :service and o.topic = l.topic and o.partition = l.partition
    """
)

_FORGET = text(
    """
    delete from consumer_offset o where o.service = :service and o.topic = any(:topics)
        and not exists (
        select from unnest(cast(:topics as text[]), cast(:partitions as int[])) as w(topic,
            partition)
        where w.topic = o.topic and w.partition = o.partition
    )
    """
)

_PLACE = text(
    """
    with wanted as (
        select * from unnest(
            cast(:topics as text[]), cast(:partitions as int[]), cast(:targets as bigint[]),
                cast(:ends as bigint[]),
            cast(:identities as text[]), cast(:anew as boolean[])
        ) as w(topic, partition, target, topic_end, identity, anew)
    ), moved as (
        update consumer_offset o set next_offset = w.target,
               highest_offset = case when w.anew or o.highest_offset > w.topic_end then w.target
                   else o.highest_offset end,
               identity = case when w.anew then w.identity else coalesce(w.identity, o.identity) end
        from wanted w where o.service = :service and o.topic = w.topic and o.partition = w.partition
        returning o.topic, o.partition
    )
    insert into consumer_offset (service, topic, partition, next_offset, highest_offset, identity)
    select :service, w.topic, w.partition, w.target, 0, w.identity from wanted w
    where not exists (select from moved m where m.topic = w.topic and m.partition = w.partition)
    on conflict do nothing
    """
)
