"""PostgreSQL: the engine, the unit of work, wake-ups by LISTEN/NOTIFY. Only `transaction`
commits.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from decimal import Decimal
from typing import Any

import asyncpg
from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.postgres import changes
from shared.postgres.errors import DatabaseUnavailable, report, reporting
from shared.values.quantities import dumps

CONNECT_SECONDS = 5.0
STATEMENT_SECONDS = 10
LOCK_SECONDS = 5
NEWEST = 2**63 - 1
"""The sequence number that a list starts below by default: above the newest row."""


def create_engine(
    url: str, *, name: str, pool_size: int = 10, statement_seconds: int = STATEMENT_SECONDS
) -> AsyncEngine:
    """An engine whose statements, locks and idle transactions all time out. `name` is shown in
    pg_stat_activity.

    JSON columns are read with Decimals and written without loss. Statements and commits raise
    DatabaseUnavailable.
    """
    address, tls = _address(url)
    engine = create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_recycle=1800,
        pool_use_lifo=True,
        hide_parameters=True,  # an error's text is logged, and parameters hold customers' data
        json_serializer=lambda value: dumps(value).decode(),
        json_deserializer=lambda raw: json.loads(raw, parse_float=Decimal),
        connect_args=_connect_arguments(name, statement_seconds) | tls,
    )
    event.listen(engine.sync_engine, "handle_error", report)
    return engine


async def connect_to(engine: AsyncEngine) -> AsyncConnection:
    """A connection of the pool, for what keeps it longer than a transaction."""
    with reporting():
        return await engine.connect()


@asynccontextmanager
async def session(url: str, *, name: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection outside any pool, for what needs its own: LISTEN, session locks. What ends it is
    DatabaseUnavailable.
    """
    with reporting():
        connection = await connect(url, name=name)
        try:
            yield connection
        finally:
            connection.terminate()


async def connect(url: str, *, name: str) -> "asyncpg.Connection[asyncpg.Record]":
    """The connection of a `session`, with the driver's own errors: for who diagnoses them."""
    address, tls = _address(url)
    return await asyncpg.connect(
        host=address.host,
        port=address.port,
        user=address.username,
        password=address.password,
        database=address.database,
        **_connect_arguments(name, STATEMENT_SECONDS),
        **tls,
    )


def _connect_arguments(name: str, statement_seconds: int) -> dict[str, Any]:
    return {
        "timeout": CONNECT_SECONDS,
        # The client's limit is for a server that no longer responds; the server's, a second
        # shorter, is for slow statements.
        "command_timeout": statement_seconds + 1,
        "server_settings": {
            "application_name": name[:63],
            "timezone": "UTC",
            "jit": "off",
            "statement_timeout": f"{statement_seconds}s",
            "lock_timeout": f"{LOCK_SECONDS}s",
            "idle_in_transaction_session_timeout": "10s",
            "tcp_user_timeout": "10000",
            "client_connection_check_interval": "2s",
        },
    }


def _address(url: str) -> tuple[URL, dict[str, Any]]:
    """A libpq URL in SQLAlchemy's form, with `sslmode` and `sslrootcert` converted for asyncpg."""
    address = make_url(url).set(drivername="postgresql+asyncpg")
    mode = address.query.get("sslmode")
    root = address.query.get("sslrootcert")
    address = address.difference_update_query(["sslmode", "sslrootcert"])
    if mode is None:
        return address, {}
    if mode in ("verify-ca", "verify-full"):
        context = ssl.create_default_context(cafile=str(root) if root else None)
        context.check_hostname = mode == "verify-full"
        return address, {"ssl": context}
    return address, {"ssl": str(mode)}


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """The unit of work: commits at the end, rolls back on any exception. DatabaseUnavailable at its
    very end leaves the outcome unknown.
    """
    async with AsyncExitStack() as stack:
        with reporting():
            conn = await stack.enter_async_context(engine.connect())
        try:
            async with conn.begin():
                yield conn
                await changes.tell(conn)
        except asyncio.CancelledError:
            # Interrupted during a statement, it may still be in a transaction: never return it to
            # the pool.
            with suppress(DBAPIError, DatabaseUnavailable, OSError):
                await conn.invalidate()
            raise


@asynccontextmanager
async def savepoint(conn: AsyncConnection) -> AsyncIterator[None]:
    """A part of a transaction that may fail alone: what it wrote is then undone.

    Always of the same name. PostgreSQL takes the newest, and prepares the statements once;
    `begin_nested` has a new name each time, hence two new statements that are prepared first.
    """
    await conn.execute(_SAVEPOINT)
    try:
        yield
    except Exception:
        if not conn.invalidated:
            await conn.execute(_ROLL_BACK)
        raise
    await conn.execute(_RELEASE)


_SAVEPOINT = text("savepoint part")
_ROLL_BACK = text("rollback to savepoint part")
_RELEASE = text("release savepoint part")


async def lock_accounts(conn: AsyncConnection, accounts: Collection[str]) -> None:
    """Only one transaction at a time decides about an account. Sorted, so that two transactions
    cannot deadlock.
    """
    await conn.execute(_LOCK_ACCOUNTS, {"accounts": sorted(set(accounts))})


LOCKS = """
    select pg_advisory_xact_lock(hashtextextended(a.account, 7)) as taken
    from unnest(cast(:accounts as text[])) with ordinality as a(account, n) order by a.n
"""
"""A query that takes them, for a statement that asks for something else as well."""
_LOCK_ACCOUNTS = text(LOCKS)


async def notify(conn: AsyncConnection, channel: str, payload: str = "") -> None:
    """Wakes every listening process when this transaction commits."""
    await conn.execute(
        text("select pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
    )


class Signal:
    """An auto-reset event for one waiter."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """True if it was set since the last wait; False after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True
