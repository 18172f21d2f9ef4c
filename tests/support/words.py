"""What a process that shows things hears of changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.postgres import changes
from shared.postgres.wake import Wake, Words
from shared.runtime.settings import Settings


@asynccontextmanager
async def listening(settings: Settings, name: str = "listener") -> AsyncIterator[Words]:
    """The words that another process hears from now on. `name`: of its connection."""
    assert settings.database_url is not None
    wake, stop = Wake(settings.database_url, name=name), asyncio.Event()
    words = wake.words(changes.CHANNEL)
    running = asyncio.create_task(wake.run(stop))
    try:
        assert await words.next(20) == {changes.EVERYTHING}, "it begins with a look at everything"
        yield words
    finally:
        stop.set()
        await running


async def heard(words: Words, wanted: set[str], seconds: float = 20) -> set[str]:
    """All that is heard until `wanted` is among it."""
    found: set[str] = set()
    async with asyncio.timeout(seconds):
        async for news in words:
            found |= news
            if wanted <= found:
                break
    return found
