"""How many accounts of a batch are written in one transaction: as many as hold their locks for a moment only, on a slow machine too."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

MOST, FEWEST = 200, 50
"""The locks include what usage is counted under: each batch of events waits for it."""
_SLOW_SECONDS, _QUICK_SECONDS = 0.25, 0.12


@dataclass(slots=True)
class Pace:
    clock: Callable[[], float] = time.monotonic
    limit: int = MOST
    _since: float | None = field(default=None, init=False)

    def begins(self) -> None:
        """A transaction. Waiting for its locks does not count: others had them."""
        self._since = None

    def locked(self) -> None:
        self._since = self.clock()

    def ended(self, accounts: int) -> None:
        """So many were in it. What took no lock says nothing."""
        if self._since is None:
            return
        held = self.clock() - self._since
        if held > _SLOW_SECONDS:
            self.limit = max(FEWEST, min(self.limit, accounts) // 2)
        elif held < _QUICK_SECONDS and accounts >= self.limit:
            self.limit = min(MOST, self.limit * 2)
