"""`event_rejected`, as it is read: the loops of all services write it."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection


async def page(conn: AsyncConnection, topic: str | None, code: str | None, before: int | None, most: int) -> Sequence[Row[Any]]:
    """Newest first, older than the row `before`; of one topic, or with reasons that begin with one code, where given."""
    return (await conn.execute(_PAGE, {"topic": topic, "code": code, "before": before, "most": most})).all()


async def offsets(conn: AsyncConnection, topic: str, partition: int, first: int, end: int) -> Collection[int]:
    """What ingest has rejected of `[first, end)`."""
    return set((await conn.execute(_OFFSETS, {"topic": topic, "partition": partition, "first": first, "end": end})).scalars())


_PAGE = text(
    """
    select id, topic, partition, "offset", reason, payload, payload_base64, at from event_rejected
    where (cast(:topic as text) is null or topic = :topic)
      and (cast(:code as text) is null or split_part(reason, ':', 1) = :code)
      and (cast(:before as bigint) is null or id < :before)
    order by id desc limit :most
    """
)
_OFFSETS = text(
    """
    select "offset" from event_rejected
    where service = 'ingest' and topic = :topic and partition = :partition and "offset" >= :first and "offset" < :end
    """
)
