"""What stops PostgreSQL's clients although it responds: a full disk, read-only mode, no connections
left, long-held locks.
"""

import asyncpg

from plimsoll.checks.finding import Finding

_PROBE_BYTES = 8 * 2**20
_FREE = 10
"""Connections: a service opens about as many when it starts."""
_LONG_SECONDS = 30


async def check(connection: "asyncpg.Connection[asyncpg.Record]") -> list[Finding]:
    writable = await _writable(connection)
    return [
        writable,
        *([] if writable.remedy else [await _disk(connection)]),
        await _connections(connection),
        *await locks(connection),
    ]


async def _writable(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    if await connection.fetchval("select pg_is_in_recovery()"):
        return Finding(
            "writing",
            "this server is a standby: it accepts no writes",
            "name the primary in PLIMSOLL_DATABASE_URL",
        )
    if await connection.fetchval("show default_transaction_read_only") == "on":
        remedy = (
            "turn it off for the server, the database and the role; "
            "some providers turn it on when the disk is full"
        )
        return Finding(
            "writing", "transactions are read-only (default_transaction_read_only)", remedy
        )
    return Finding("writing", "the database accepts writes")


async def _disk(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    """Tested by a write that is rolled back: PostgreSQL cannot report free space on the server's
    disk.
    """
    attempt = connection.transaction()
    await attempt.start()
    try:
        await connection.execute("create table plimsoll_doctor_probe (filling text)")
        await connection.execute(
            "alter table plimsoll_doctor_probe alter column filling set storage external"
        )
        await connection.execute(
            "insert into plimsoll_doctor_probe select repeat('x', 1048576) "
            "from generate_series(1, $1)",
            _PROBE_BYTES // 2**20,
        )
    except asyncpg.DiskFullError as error:
        remedy = (
            "make room on PostgreSQL's disk, or enlarge it: "
            "the services wait, and continue automatically"
        )
        return Finding("disk", f"PostgreSQL's disk is full ({error})", remedy)
    except asyncpg.InsufficientPrivilegeError:
        return Finding("disk", "not checked: this role may not create a table")
    finally:
        await attempt.rollback()
    return Finding("disk", f"is not full: {_PROBE_BYTES // 2**20} MB could be written")


async def _connections(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    used = await connection.fetchval(
        "select count(*) from pg_stat_activity where backend_type = 'client backend'"
    )
    most = await connection.fetchval(
        "select current_setting('max_connections')::int "
        "- current_setting('superuser_reserved_connections')::int"
    )
    return connections(used, most)


def connections(used: int, most: int) -> Finding:
    remedy = (
        "raise max_connections, or stop other clients (see pg_stat_activity)"
        if most - used < _FREE
        else None
    )
    return Finding("connections", f"{used} of {most} are in use", remedy)


_HOLDERS = """
    select a.pid, a.application_name, a.state,
           extract(epoch from clock_timestamp() - a.xact_start)::int as seconds,
           count(w.pid) as waiting
    from pg_stat_activity a
    left join pg_stat_activity w on w.wait_event_type = 'Lock'
        and a.pid = any(pg_blocking_pids(w.pid))
    where a.datname = current_database() and a.pid <> pg_backend_pid()
        and a.xact_start < clock_timestamp() - make_interval(secs => $1)
        and a.backend_type = 'client backend'
        and (a.state like 'idle in transaction%' or w.pid is not null)
    group by 1, 2, 3, 4 order by 4 desc limit 5
"""
_PREPARED = """
    select gid from pg_prepared_xacts
    where database = current_database()
        and prepared < clock_timestamp() - make_interval(secs => $1)
"""


async def locks(
    connection: "asyncpg.Connection[asyncpg.Record]", seconds: int = _LONG_SECONDS
) -> list[Finding]:
    """Sessions that have blocked others, or been idle in a transaction, for too long."""
    rows = await connection.fetch(_HOLDERS, seconds)
    prepared = await connection.fetch(_PREPARED, seconds)
    found = [
        Finding(
            "locks",
            f"process {row['pid']} ({row['application_name'] or 'unnamed'}) "
            f"has been {row['state']} for {row['seconds']} s, {row['waiting']} wait for it",
            f"end its work, or terminate it: select pg_terminate_backend({row['pid']})",
        )
        for row in rows
    ]
    found += [
        Finding(
            "locks",
            f"the prepared transaction {row['gid']} keeps its locks",
            "commit prepared or rollback prepared it",
        )
        for row in prepared
    ]
    return found or [Finding("locks", f"nobody has held any for {_LONG_SECONDS} s")]
