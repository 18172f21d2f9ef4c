"""`layout_progress`: how far the usage of a partition's accounts has been moved to its current
periods.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messages import USAGE_EVENTS
from shared.values.periods import Reset


class Progress(NamedTuple):
    """Usage follows all subscriptions up to `revision`, and all catalogues up to revision
    `catalog`, whose meters have `resets`. For the catalogue of revision `walking`, all accounts up
    to `walked` are done.
    """

    revision: int = 0
    catalog: int = 0
    resets: Mapping[str, Reset] = {}
    walking: int = 0
    walked: str = ""

    def walked_for(self, catalog: int) -> str:
        """How far the walk for this revision has come."""
        return self.walked if self.walking == catalog else ""

    def done(self, catalog: int, resets: Mapping[str, Reset]) -> "Progress":
        return Progress(self.revision, catalog, resets)


async def read(
    conn: AsyncConnection, owned: Collection[int], partitions: int
) -> dict[int, Progress]:
    """By partition; from the beginning if nothing is stored, or the topic had another number of
    partitions then.
    """
    rows = await conn.execute(_READ, {"topic": USAGE_EVENTS, "partitions": partitions})
    found = {
        row.partition: Progress(
            row.revision, row.catalog, _DECODER.decode(row.resets), row.walking, row.walked
        )
        for row in rows
    }
    return {partition: found.get(partition, Progress()) for partition in owned}


async def note(conn: AsyncConnection, noted: Mapping[int, Progress], partitions: int) -> None:
    """By partition."""
    owned = sorted(noted)
    columns = {
        "owned": owned,
        "revisions": [noted[one].revision for one in owned],
        "catalogs": [noted[one].catalog for one in owned],
        "resets": [msgspec.json.encode(noted[one].resets).decode() for one in owned],
        "walking": [noted[one].walking for one in owned],
        "walked": [noted[one].walked for one in owned],
    }
    await conn.execute(_NOTE, columns | {"topic": USAGE_EVENTS, "partitions": partitions})


async def pending(conn: AsyncConnection) -> bool:
    """Whether a subscription or the catalogue has changed since some partition's usage was last
    moved.
    """
    found = (await conn.execute(_PENDING, {"topic": USAGE_EVENTS})).scalar_one()
    assert isinstance(found, bool)
    return found


_DECODER = msgspec.json.Decoder(dict[str, Reset])
_READ = text(
    """
    select partition, revision, catalog, resets::text as resets, walking, walked
        from layout_progress
    where topic = :topic and partitions = :partitions
    """
)
_NOTE = text(
    """
    insert into layout_progress (topic, partition, partitions, revision, catalog, resets, walking,
        walked)
    select :topic, o.partition, :partitions, o.revision, o.catalog, cast(o.resets as jsonb),
        o.walking, o.walked
    from unnest(cast(:owned as int[]), cast(:revisions as bigint[]), cast(:catalogs as bigint[]),
        cast(:resets as text[]),
                cast(:walking as bigint[]), cast(:walked as text[])) as o(partition, revision,
                    catalog, resets, walking, walked)
    on conflict (topic, partition) do update set partitions = excluded.partitions,
        revision = excluded.revision,
        catalog = excluded.catalog, resets = excluded.resets, walking = excluded.walking,
            walked = excluded.walked
    """
)
_PENDING = text(
    """
    select exists (
        select from layout_progress p where p.topic = :topic and (
            p.revision < (select coalesce(max(revision), 0) from subscription)
            or p.catalog < (select coalesce(max(revision), 0) from catalog))
    )
    """
)
