"""Where something is counted, and what is stored there: values. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.trigger.thresholds import State
from shared.quantities import at_least_zero

Looks = Mapping[str, Collection[str] | None]
"""Which accounts to look at, and which of their meters (None: all of them)."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One meter of one account in one period. A gauge's period starts at shared.periods.NEVER."""

    account: str
    meter: str
    period_start: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What is stored of a place: its total (None: nothing counted yet) with its wake-ups, and its state (None: never looked at)."""

    period_end: datetime | None
    used: Decimal | None = None
    alert_at: Decimal | None = None
    rearm_at: Decimal | None = None
    state: State | None = None

    @property
    def counted(self) -> Decimal:
        """The total as it is compared, asked and told. It is never below zero: that is a correction which has overtaken what it corrects,
        and gives nobody room beyond the limit. `used` stays exact for what is still to come.
        """
        return at_least_zero(self.used or Decimal(0))
