"""What waits in all processes, and how full the database server is: bounded, for operators to look
at.
"""

from aiokafka.structs import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.operations.standings import FRESH, Figures, ParkedKind, Unsent

_MOST = 100_000
_MOST_KINDS = 100
MOST_REJECTED = 10_000


async def offsets(conn: AsyncConnection) -> dict[tuple[str, TopicPartition], int]:
    """The next offset of each service and partition (by bare topic name)."""
    return {
        (row.service, TopicPartition(row.topic, row.partition)): row.next_offset
        for row in await conn.execute(_OFFSETS)
    }


async def unsent(conn: AsyncConnection) -> list[Unsent]:
    return [
        Unsent(row.service, row.pending, float(row.oldest or 0))
        for row in await conn.execute(_UNSENT, {"most": _MOST})
    ]


async def parked(conn: AsyncConnection) -> list[ParkedKind]:
    """The most frequent first."""
    return [
        ParkedKind(row.service, row.part, row.reason, row.accounts, row.since)
        for row in await conn.execute(_PARKED, {"most": _MOST, "kinds": _MOST_KINDS})
    ]


async def rejected_open(conn: AsyncConnection) -> dict[str, int]:
    """Service -> records that nobody has settled, at most `MOST_REJECTED` in all, the newest."""
    rows = await conn.execute(_REJECTED_OPEN, {"most": MOST_REJECTED})
    return {row.service: row.number for row in rows}


async def silent(conn: AsyncConnection) -> dict[str, int]:
    """Service -> its processes that have not said for a while that they run, nor that they end."""
    return {row.service: row.number for row in await conn.execute(_SILENT, {"fresh": FRESH})}


async def server(conn: AsyncConnection) -> Figures:
    row = (await conn.execute(_SERVER)).one()
    return Figures(row.version, row.connections, int(row.most))


_OFFSETS = text(
    "select service, topic, partition, next_offset from consumer_offset order by 1, 2, 3"
)
_UNSENT = text(
    """
    select service, count(*) as pending,
        extract(epoch from clock_timestamp() - min(created_at)) as oldest
    from (select service, created_at from outbox order by id limit :most) o
    group by service order by service
    """
)
_PARKED = text(
    """
    select service, part, reason, count(distinct account) as accounts, min(since) as since
    from (select service, part, reason, account, since from parked where kind = 'parked'
        limit :most) p
    group by service, part, reason order by accounts desc, service, part, reason limit :kinds
    """
)
_REJECTED_OPEN = text(
    """
    select service, count(*) as number
    from (select service from event_rejected where state = 'open' order by id desc limit :most) r
    group by service
    """
)
_SILENT = text(
    """
    select service, count(*) as number from instance
    where seen_at < clock_timestamp() - cast(:fresh as interval) group by service
    """
)
_SERVER = text(
    """
    select current_setting('server_version') as version,
        (select count(*) from pg_stat_activity where backend_type = 'client backend') 
            as connections,
        current_setting('max_connections') as most
    """
)
