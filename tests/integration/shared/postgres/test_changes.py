"""What changed is told with the commit, to every process, also after the connection was lost."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.kafka.clients import Outgoing
from shared.loop.outbox import Outbox
from shared.postgres import changes
from shared.postgres.database import create_engine, transaction
from shared.postgres.wake import Wake
from shared.runtime.settings import Settings
from tests.support.words import heard, listening


async def test_words_come_with_the_commit_and_after_a_lost_connection_everything_is_asked(
    settings: Settings,
) -> None:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, name="test")
    outbox = Outbox("trigger", Wake(settings.database_url, name="unused"))
    async with listening(settings, "listener") as words:
        with pytest.raises(ZeroDivisionError):
            await _fails(engine)
        async with transaction(engine) as conn:
            changes.note(conn, "task", ["812"])
            assert not await words.next(0)
        assert await words.next(20) == {"task 812"}

        async with transaction(engine) as conn:
            changes.note(conn, "alert", map(str, range(5_000)))
            await outbox.write(conn, [Outgoing("plimsoll.messages", b"a", b"{}", ())])
            changes.note(conn, "opportunity", ["o1"])
        both = {"alert *", "opportunity o1"}
        assert await heard(words, both) == both

        async with transaction(engine) as conn:
            await conn.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where application_name = 'listener'"
                )
            )
        async with asyncio.timeout(30):
            while "*" not in await words.next():
                pass
        async with transaction(engine) as conn:
            changes.note(conn, "catalogue", ["3"])
        assert await words.next(20) == {"catalogue 3"}
    await engine.dispose()


async def _fails(engine: AsyncEngine) -> None:
    async with transaction(engine) as conn:
        changes.note(conn, "task", ["never"])
        raise ZeroDivisionError
