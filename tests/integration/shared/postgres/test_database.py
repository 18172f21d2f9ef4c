"""The border to PostgreSQL: what a transaction, a commit and a session raise."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.postgres.database import connect_to, create_engine, session, transaction
from shared.postgres.errors import DatabaseUnavailable, sqlstate

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(database_url, name="border")
    yield made
    await made.dispose()


async def execute(engine: AsyncEngine, *statements: str, **values: object) -> object:
    """One transaction; the last statement's first value."""
    async with transaction(engine) as conn:
        for statement in statements:
            found = await conn.execute(text(statement), values)
        return found.scalar_one_or_none() if found.returns_rows else None


async def commit_without_a_connection(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        pid = (await conn.execute(text("select pg_backend_pid()"))).scalar_one()
        assert await execute(engine, "select pg_terminate_backend(:pid, 5000)", pid=pid)


async def open_session_nowhere() -> None:
    async with session(NOWHERE, name="border"):
        raise AssertionError("nobody listens there")


async def test_a_statement_that_ends_with_its_connection(engine: AsyncEngine) -> None:
    with pytest.raises(DatabaseUnavailable) as raised:
        await execute(engine, "select pg_terminate_backend(pg_backend_pid())")
    assert isinstance(raised.value.__cause__, Exception)
    assert await execute(engine, "select 1") == 1, "the next transaction has a new connection"


async def test_a_commit_whose_connection_has_ended_has_an_unknown_outcome(
    engine: AsyncEngine,
) -> None:
    with pytest.raises(DatabaseUnavailable):
        await commit_without_a_connection(engine)


async def test_a_statement_that_takes_too_long_keeps_its_state(engine: AsyncEngine) -> None:
    with pytest.raises(DatabaseUnavailable) as raised:
        await execute(engine, "set local statement_timeout = '20ms'", "select pg_sleep(5)")
    assert sqlstate(raised.value) == "57014"


async def test_what_the_statement_or_its_value_is_to_blame_for_stays_as_it_is(
    engine: AsyncEngine,
) -> None:
    with pytest.raises(ProgrammingError):
        await execute(engine, "select * from no_such_table")
    with pytest.raises(DBAPIError):
        await execute(engine, "select cast(:n as int)", n="not a number")


async def test_a_server_that_is_not_there() -> None:
    engine = create_engine(NOWHERE, name="border")
    with pytest.raises(DatabaseUnavailable):
        await execute(engine, "select 1")
    with pytest.raises(DatabaseUnavailable):
        await connect_to(engine)
    with pytest.raises(DatabaseUnavailable):
        await open_session_nowhere()
