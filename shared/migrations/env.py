"""Alembic's environment: one connection, one advisory lock, short lock waits, retried."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text

from shared.migrations.run import is_known
from shared.postgres.database import create_engine
from shared.postgres.errors import DatabaseUnavailable, sqlstate

_LOCK = 7_274_616_201
"""An arbitrary number that nothing else in this database locks."""
_ATTEMPTS = 20
_LOCK_NOT_AVAILABLE = "55P03"


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, transaction_per_migration=True)
    if not all(is_known(revision) for revision in context.get_context().get_current_heads()):
        return  # of a newer version, which has only added to the schema that this one needs
    with context.begin_transaction():
        context.run_migrations()


async def run(url: str) -> None:
    engine = create_engine(url, name="plimsoll-migrate", statement_seconds=600)
    try:
        async with engine.connect() as conn:
            # If two processes start together, the second waits here and then finds nothing left to
            # do. It polls: a waiting statement would hold up an index that the first one builds
            # concurrently.
            while not (
                await conn.execute(text("select pg_try_advisory_lock(:lock)"), {"lock": _LOCK})
            ).scalar_one():
                await conn.commit()
                await asyncio.sleep(0.2)
            # A migration never waits long for a table lock: everything after it would queue behind
            # it.
            await conn.execute(text("set lock_timeout = '1s'"))
            await conn.commit()
            for attempt in range(_ATTEMPTS):
                try:
                    await conn.run_sync(migrate)
                    await conn.commit()
                    break
                except DatabaseUnavailable as error:
                    await conn.rollback()
                    if sqlstate(error) != _LOCK_NOT_AVAILABLE or attempt == _ATTEMPTS - 1:
                        raise
                    await asyncio.sleep(0.5)
    finally:
        await engine.dispose()


asyncio.run(run(context.config.attributes["url"]))
