"""The part of `policy` about people's work: due dates, who acts first, experiments, costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DueDays:
    """Business days until a task is due, by its priority (BP-09)."""

    high: int = 1
    medium: int = 3
    low: int = 7


@dataclass(frozen=True, slots=True)
class Process:
    """`accept_days` and `contact_days` are business days, `trial_days` and `expiry_days` days of 24
    hours.

    `missed_hours`: how soon a person must have acted for a signal not to count as missed (R-047).
    """

    due_days: DueDays = DueDays()
    accept_days: int = 2
    contact_days: int = 5
    trial_days: int = 14
    expiry_days: int = 30
    missed_hours: int = 48


@dataclass(frozen=True, slots=True)
class Experiment:
    """BP-22: two arms, each with the percentage from which its accounts get offers."""

    id: str
    salt: str
    arms: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Costs:
    """R-211: what it costs to win a new customer, and to make an offer to an existing one."""

    currency: str
    acquisition: Decimal
    proposal: Decimal
