"""What has changed, for the open pages of this process: one reader of the channel, and what came in
the last minute, for pages that were made while nobody listened for them yet.
"""

import asyncio
import time
from collections import deque

from shared.postgres.changes import CHANNEL, EVERYTHING
from shared.postgres.wake import Words
from shared.runtime.context import Context

KEPT_SECONDS = 60.0
MOST_KEPT = 5_000
_LOOK_SECONDS = 1.0
_SKEW_SECONDS = 1.0
"""Another process may have made the page, by its own clock."""


class Changes:
    """One per process."""

    def __init__(self, context: Context) -> None:
        self._words = context.wake.words(CHANNEL)
        self._heard: deque[tuple[float, str]] = deque(maxlen=MOST_KEPT)
        self._since = time.time()
        self._open: set[Words] = set()

    @property
    def streams(self) -> int:
        return len(self._open)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            for word in await self._words.next(_LOOK_SECONDS):
                self._heard.append((time.time(), word))
                for each in self._open:
                    each.add(word)

    def open(self, since: float | None) -> Words:
        """`since`: when the page was made, seconds since 1970; everything if that is too long ago.
        Close it at the end.
        """
        words, now = Words(), time.time()
        if since is not None:
            since -= _SKEW_SECONDS
            for word in {word for at, word in self._heard if at >= since}:
                words.add(word)
            if since < max(self._since, now - KEPT_SECONDS):
                words.add(EVERYTHING)
        self._open.add(words)
        return words

    def close(self, words: Words) -> None:
        self._open.discard(words)
