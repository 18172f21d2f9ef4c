"""Wake-ups by NOTIFY: each process hears the others."""

import asyncio

from shared.postgres.database import connect
from shared.postgres.wake import Wake
from shared.runtime.settings import Settings


async def test_a_process_hears_others_and_not_what_it_has_told_its_own_waiters(
    settings: Settings,
) -> None:
    assert settings.database_url is not None
    stop, connection = asyncio.Event(), await connect(settings.database_url, name="test")
    here, there = (Wake(settings.database_url, name=name) for name in ("here", "there"))
    own, last = here.signal("own"), here.signal("last")
    heard = there.signal("own")
    tasks = [asyncio.create_task(wake.run(stop)) for wake in (here, there)]

    async def notify(channel: str, payload: str = "") -> None:
        await connection.execute("select pg_notify($1, $2)", channel, payload)

    try:
        async with asyncio.timeout(20):
            for signal in (own, last, heard):
                while not await signal.wait(0.1):  # until it listens
                    await notify("own")
                    await notify("last")
        while await own.wait(0.1) or await last.wait(0) or await heard.wait(0):
            pass  # those that were still on their way
        await notify("own", here.origin)
        await notify("last", there.origin)
        assert await last.wait(10)
        assert await heard.wait(10)
        assert not await own.wait(0)
    finally:
        stop.set()
        await asyncio.gather(*tasks)
        await connection.close()
