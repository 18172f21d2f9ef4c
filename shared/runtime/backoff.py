"""Exponential back-off with jitter, so that many processes do not retry at the same moment."""

import asyncio
import random

from shared.runtime.waits import pause


class Backoff:
    """0.1 s, doubled each time up to `longest` seconds; each wait is a random fraction of it, from
    half to all.
    """

    def __init__(self, first: float = 0.1, longest: float = 2.0) -> None:
        self._first = first
        self._longest = longest
        self._failures = 0

    def reset(self) -> bool:
        """Call after a success. True if there had been a failure."""
        had, self._failures = self._failures > 0, 0
        return had

    async def wait(self, stop: asyncio.Event) -> None:
        """Counts a failure and waits; returns immediately when `stop` is set."""
        limit = min(self._longest, self._first * 2 ** min(self._failures, 10))
        self._failures += 1
        await pause(stop, random.uniform(limit / 2, limit))
