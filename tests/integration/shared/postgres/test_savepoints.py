"""Parts of a transaction that fail alone."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.postgres.database import create_engine, savepoint, transaction
from shared.runtime.settings import Settings

WRITTEN = text("select array(select n from noted order by n)")
PREPARED = text("select count(*) from pg_prepared_statements where statement like '%savepoint%'")


async def _note(conn: AsyncConnection, number: int) -> None:
    await conn.execute(text("insert into noted values (:n)"), {"n": number})


async def _fails(conn: AsyncConnection, number: int, divisor: int = 0) -> None:
    """In PostgreSQL, or outside it."""
    async with savepoint(conn):
        await _note(conn, number)
        await conn.execute(text(f"select 1 / {divisor}"))
        raise ValueError(number)


async def test_what_a_failed_part_wrote_is_undone_and_each_statement_is_prepared_once(
    settings: Settings,
) -> None:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, name="test", pool_size=1)
    async with transaction(engine) as conn:
        await conn.execute(text("create temporary table noted (n int) on commit drop"))
        for number in range(3):
            async with savepoint(conn):
                await _note(conn, number)
                with pytest.raises(DBAPIError):
                    await _fails(conn, 10)
                await _note(conn, 20 + number)
        with pytest.raises(ValueError, match="30"):
            await _fails(conn, 30, divisor=1)
        assert (await conn.execute(WRITTEN)).scalar_one() == [0, 1, 2, 20, 21, 22]
        assert (await conn.execute(PREPARED)).scalar_one() == 3 + 1  # and the question itself
    await engine.dispose()
