"""The last use of a key is when it was used, whenever that is recorded."""

from datetime import timedelta

from sqlalchemy import text

from shared.postgres.database import create_engine, transaction
from shared.security.api_keys import Keys, create_key, list_keys


async def test_the_last_use_is_the_use_and_not_its_writing(database_url: str) -> None:
    engine = create_engine(database_url, name="test")
    key = await create_key(engine, "shop", ["read"])
    keys = Keys(engine, None)
    assert await keys.find(key)
    async with transaction(engine) as conn:
        used = (await conn.execute(text("select clock_timestamp()"))).scalar_one()
        await conn.execute(text("select pg_sleep(0.5)"))
    await keys.write_used()
    (info,) = await list_keys(engine)
    assert info.last_used_at is not None
    assert info.last_used_at <= used + timedelta(seconds=0.2)
    await keys.write_used()
    assert await list_keys(engine) == [info]
    await engine.dispose()


async def test_a_use_that_cannot_be_written_is_written_later(database_url: str) -> None:
    """PostgreSQL was down at that time."""
    engine, away = (
        create_engine(database_url, name="test"),
        create_engine("postgresql://nobody@127.0.0.1:1/none", name="test"),
    )
    keys = Keys(engine, None)
    await keys.find(await create_key(engine, "shop", ["read"]))
    keys.engine = away
    await keys.write_used()
    keys.engine = engine
    await keys.write_used()
    (info,) = await list_keys(engine)
    assert info.last_used_at is not None
    await engine.dispose()
