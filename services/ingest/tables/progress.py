"""`layout_progress`: up to which revision of the plans the accounts of a partition have been laid out."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messages import USAGE_EVENTS


async def read(conn: AsyncConnection, owned: Collection[int], partitions: int) -> dict[int, int]:
    """By partition; 0 where nothing is known, or the topic had another number of partitions then."""
    rows = await conn.execute(_READ, {"topic": USAGE_EVENTS, "partitions": partitions})
    return dict.fromkeys(owned, 0) | {row.partition: row.revision for row in rows if row.partition in owned}


async def note(conn: AsyncConnection, owned: Collection[int], partitions: int, revision: int) -> None:
    columns = {"owned": sorted(owned), "partitions": partitions, "revision": revision}
    await conn.execute(_NOTE, columns | {"topic": USAGE_EVENTS})


async def pending(conn: AsyncConnection) -> bool:
    """Whether a subscription has changed since some partition was laid out last."""
    found = (await conn.execute(_PENDING, {"topic": USAGE_EVENTS})).scalar_one()
    assert isinstance(found, bool)
    return found


_READ = text("select partition, revision from layout_progress where topic = :topic and partitions = :partitions")
_NOTE = text(
    """
    insert into layout_progress (topic, partition, partitions, revision)
    select :topic, o.partition, :partitions, :revision from unnest(cast(:owned as int[])) as o(partition)
    on conflict (topic, partition) do update set partitions = excluded.partitions, revision = excluded.revision
    """
)
_PENDING = text(
    """
    select exists (
        select from layout_progress p where p.topic = :topic and p.revision < (select coalesce(max(revision), 0) from subscription)
    )
    """
)
