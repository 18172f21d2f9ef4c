"""PostgreSQL: reachable, new enough, durable, with the right schema and a synchronized clock."""

import asyncio
from datetime import UTC, datetime

import asyncpg

from plimsoll.checks import room
from plimsoll.checks.finding import Finding
from shared.migrations import head, is_known
from shared.postgres.database import connect

_OLDEST = 150_000
_SKEW_SECONDS = 5.0


async def check(url: str) -> list[Finding]:
    try:
        async with asyncio.timeout(10):
            connection = await connect(url, name="plimsoll-doctor")
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return [Finding("PostgreSQL", _why(error), _remedy(error))]
    try:
        return [
            await _version(connection),
            await _durability(connection),
            await _schema(connection),
            *await room.check(connection),
            await _clock(connection),
        ]
    finally:
        await connection.close()


def _why(error: Exception) -> str:
    return (
        "does not answer within 10 s"
        if isinstance(error, TimeoutError)
        else " ".join(str(error).split()) or type(error).__name__
    )


def _remedy(error: Exception) -> str:
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return "correct user and password in PLIMSOLL_DATABASE_URL"
        case asyncpg.InvalidCatalogNameError():
            return "create that database, then run `plimsoll migrate`"
        case asyncpg.TooManyConnectionsError():
            return "raise max_connections, or stop other clients"
        case _:
            return (
                "start PostgreSQL, "
                "and check host and port in PLIMSOLL_DATABASE_URL and any firewall between"
            )


async def _version(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    number = int(await connection.fetchval("show server_version_num"))
    text = await connection.fetchval("show server_version")
    return Finding(
        "PostgreSQL", f"version {text}", None if number >= _OLDEST else "use PostgreSQL 15 or newer"
    )


async def _durability(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    fsync, commit = (
        await connection.fetchval("show fsync"),
        await connection.fetchval("show synchronous_commit"),
    )
    safe = fsync == "on" and commit != "off"
    return Finding(
        "durability",
        f"fsync {fsync}, synchronous_commit {commit}",
        None if safe else "turn both on: a crash would lose counted events",
    )


async def _schema(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    try:
        found = await connection.fetchval("select version_num from alembic_version")
    except asyncpg.UndefinedTableError:
        found = None
    if found is not None and not is_known(found):
        what = (
            f"at {found}, which is newer than this version of Plimsoll ({head()}); "
            "they work together"
        )
        return Finding(
            "schema", what, "install the newer version on this machine too", warning=True
        )
    at_head = found == head()
    return Finding(
        "schema",
        f"at {found or 'nothing'}, this version has {head()}",
        None if at_head else "run `plimsoll migrate`",
    )


async def _clock(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    before = datetime.now(UTC)
    theirs = await connection.fetchval("select clock_timestamp()")
    skew = (theirs - before - (datetime.now(UTC) - before) / 2).total_seconds()
    remedy = (
        None
        if abs(skew) <= _SKEW_SECONDS
        else "set both clocks by NTP: periods, retries and the dedupe window depend on them"
    )
    return Finding(
        "clock",
        f"PostgreSQL's is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} this machine's",
        remedy,
    )
