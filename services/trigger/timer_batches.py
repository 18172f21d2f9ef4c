"""How many timers fire in one transaction: as many as finish quickly, fewer after a failure of
unknown cause. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Place = tuple[str, str]
"""(account, lane): whose timers, and which of them wait if one fails."""
MOST = 200
"""Accounts locked per transaction."""
_SLOW_SECONDS, _QUICK_SECONDS = 0.2, 0.1


@dataclass(slots=True)
class Batches:
    """`tried`: the timers of the latest transaction, by place."""

    limit: int = MOST
    tried: Sequence[Place] = ()

    def passed(self, seconds: float) -> None:
        """Keeps the time that locks are held short, however slow the machine is."""
        if seconds > _SLOW_SECONDS:
            self.limit = max(1, min(self.limit, len(self.tried)) // 2)
        elif seconds < _QUICK_SECONDS:
            self.limit = min(MOST, self.limit * 2)

    def narrowed(self) -> Sequence[Place]:
        """One of these failed, but it is unknown which: halves the next batch.

        A single timer is itself the cause, and is returned.
        """
        if len(self.tried) > 1:
            self.limit = max(1, len(self.tried) // 2)
            return ()
        return self.tried
