"""A token bucket per destination, on monotonic time."""

import asyncio
import time
from collections.abc import Callable


class TokenBucket:
    """`rate` calls a second on average, at most `burst` together. Callers are served in order."""

    def __init__(
        self, rate: float, burst: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = monotonic()

    def limit(self, rate: float, burst: float) -> None:
        """Sets the limit that the destination has announced."""
        self._refill()
        self._rate, self._burst = rate, burst
        self._tokens = min(self._tokens, burst)

    def drain(self, seconds: float) -> None:
        """Empties the bucket: the next call may be made in `seconds`."""
        self._refill()
        self._tokens = min(self._tokens, 1.0 - seconds * self._rate)

    def reserve(self) -> float:
        """Takes one token, now or in advance. Returns the seconds to wait for it."""
        self._refill()
        self._tokens -= 1.0
        return max(0.0, -self._tokens / self._rate)

    async def acquire(self) -> None:
        wait = self.reserve()
        if wait > 0:
            try:
                await asyncio.sleep(wait)
            except asyncio.CancelledError:
                self._tokens += 1.0  # unused: callers behind need not wait for it
                raise

    def _refill(self) -> None:
        now = self._monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
