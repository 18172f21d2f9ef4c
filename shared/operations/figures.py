"""What waits in all processes, and how full the database server is: bounded, for operators to look
at.
"""

from aiokafka.structs import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.operations.standings import Figures, ParkedKind, Unsent

_MOST = 100_000
_MOST_KINDS = 100


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
_SERVER = text(
    """
    select current_setting('server_version') as version,
        (select count(*) from pg_stat_activity where backend_type = 'client backend') 
            as connections,
        current_setting('max_connections') as most
    """
)
