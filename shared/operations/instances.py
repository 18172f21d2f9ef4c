"""The processes that run, in `instance`: each writes its own rows, one for each of its services.

Times are the database's: a test clock does not move them.
"""

import os
import socket
from collections.abc import Sequence
from datetime import timedelta
from importlib import metadata

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.operations.standings import Instance

KEPT = timedelta(minutes=10)
"""The rows of one that was not seen for longer are deleted."""
_MOST = 1_000


def own_name(token: str) -> str:
    """`token` tells apart what runs under the same number, or in the same process."""
    return f"{socket.gethostname()[:80]}-{os.getpid()}-{token}"


def own_version() -> str:
    try:
        return metadata.version("plimsoll")
    except metadata.PackageNotFoundError:
        return "unknown"


async def write(conn: AsyncConnection, instances: Sequence[Instance]) -> None:
    """Those of one process; also deletes what processes left that ended long ago."""
    first = instances[0]
    await conn.execute(
        _WRITE,
        {
            "name": first.name,
            "version": first.version,
            "started_at": first.started_at,
            "services": [one.service for one in instances],
            "faults": [one.fault for one in instances],
            "parts": ["\n".join(one.parts) for one in instances],
            "since": [one.since for one in instances],
            "kept": KEPT,
        },
    )


async def remove(conn: AsyncConnection, name: str) -> None:
    """Of a process that ends."""
    await conn.execute(_REMOVE, {"name": name})


async def read(conn: AsyncConnection) -> list[Instance]:
    """By service and start."""
    return [
        Instance(
            row.name,
            row.service,
            row.version,
            row.started_at,
            row.seen_at,
            row.fault,
            tuple(row.parts),
            row.since,
            max(row.age, timedelta()),
        )
        for row in await conn.execute(_READ, {"most": _MOST})
    ]


_WRITE = text(
    """
    with old as (
        delete from instance where name <> :name
            and seen_at < clock_timestamp() - cast(:kept as interval))
    insert into instance (name, service, version, started_at, seen_at, fault, parts, since)
    select :name, s.service, :version, :started_at, clock_timestamp(), s.fault,
        coalesce(string_to_array(nullif(s.parts, ''), E'\\n'), '{}'), s.since
    from unnest(cast(:services as text[]), cast(:faults as text[]), cast(:parts as text[]),
        cast(:since as timestamptz[])) as s(service, fault, parts, since)
    on conflict (name, service) do update set version = excluded.version,
        started_at = excluded.started_at, seen_at = excluded.seen_at, fault = excluded.fault,
        parts = excluded.parts, since = excluded.since
    """
)
_REMOVE = text("delete from instance where name = :name")
_READ = text(
    """
    select name, service, version, started_at, seen_at, fault, parts, since,
        clock_timestamp() - seen_at as age
    from instance order by service, started_at, name limit :most
    """
)
