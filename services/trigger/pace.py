"""How many accounts of a batch one transaction writes: few enough that locks are held only briefly,
even on a slow machine.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

MOST, FEWEST = 200, 50
"""The locks include those that counting needs: every batch of events waits for them."""
_SLOW_SECONDS, _QUICK_SECONDS = 0.25, 0.12


@dataclass(slots=True)
class Pace:
    clock: Callable[[], float] = time.monotonic
    limit: int = MOST
    _since: float | None = field(default=None, init=False)

    def begins(self) -> None:
        """Starts a transaction. Waiting for its locks does not count, because others held them."""
        self._since = None

    def locked(self) -> None:
        self._since = self.clock()

    def ended(self, accounts: int) -> None:
        """The number of accounts it wrote. A transaction without locks tells nothing."""
        if self._since is None:
            return
        held = self.clock() - self._since
        if held > _SLOW_SECONDS:
            self.limit = max(FEWEST, min(self.limit, accounts) // 2)
        elif held < _QUICK_SECONDS and accounts >= self.limit:
            self.limit = min(MOST, self.limit * 2)
