"""Where something is counted, and what is stored there, as values. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.trigger.thresholds import State
from shared.values.quantities import at_least_zero

Looks = Mapping[str, Collection[str] | None]
"""The accounts to evaluate, and which of their meters (None: all of them)."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One meter of one account in one period. A gauge's period starts at `periods.NEVER`."""

    account: str
    meter: str
    period_start: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What is stored for a place: its total (None: nothing counted yet) with its wake-ups, and its
    state (None: never evaluated).
    """

    period_end: datetime | None
    used: Decimal | None = None
    alert_at: Decimal | None = None
    rearm_at: Decimal | None = None
    state: State | None = None

    @property
    def counted(self) -> Decimal:
        """The total used for comparing, asking and reporting, never below zero.

        A negative total is a correction that arrived before what it corrects, and gives no extra
        room. `used` stays exact for what is still to come.
        """
        return at_least_zero(self.used or Decimal(0))
