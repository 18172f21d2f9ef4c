"""How many timers fire in one transaction: as many as end quickly, fewer after a failure that names nobody. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.trigger.tables.due import Due, lane_of
from shared.isolation import Failure
from shared.parked import Place

MOST = 200
"""A transaction holds the locks of so many accounts."""
_SLOW_SECONDS, _QUICK_SECONDS = 0.2, 0.1


@dataclass(slots=True)
class Batches:
    """`tried`: what the newest transaction took up."""

    limit: int = MOST
    tried: Sequence[Due] = ()

    @property
    def places(self) -> list[Place]:
        return [(one.account, lane_of(one)) for one in self.tried]

    def passed(self, seconds: float) -> None:
        """The locks of a batch are held for a moment only, however slow the machine is."""
        if seconds > _SLOW_SECONDS:
            self.limit = max(1, min(self.limit, len(self.tried)) // 2)
        elif seconds < _QUICK_SECONDS:
            self.limit = min(MOST, self.limit * 2)

    def narrowed(self, error: Exception) -> Mapping[Place, Failure]:
        """It was one of these, and nobody knows which: half as many the next time; a lone one is to blame."""
        if len(self.tried) > 1:
            self.limit = max(1, len(self.tried) // 2)
            return {}
        return {place: Failure("timer", error) for place in self.places}
