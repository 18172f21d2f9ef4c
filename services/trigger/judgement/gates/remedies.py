"""What is done instead of selling: one remedy for each blocking gate that has one, in gate order
(R-073, R-074, R-077).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from services.trigger.judgement.decision import Gate, Remedy
from shared.values.periods import add_business_days

Due = Callable[[datetime, str], datetime]


def _business(days: int) -> Due:
    return lambda now, zone: add_business_days(now, days, zone)


def _days(days: int) -> Due:
    return lambda now, zone: now + timedelta(days=days)


REMEDIES: Mapping[str, tuple[str, Due]] = {
    "cancel_intent": ("retention", _business(1)),
    "dissatisfied": ("support_reinforcement", _business(2)),
    "new_contract": ("onboarding", _days(7)),
    "low_loyalty": ("training", _days(7)),
    "not_adopted": ("adoption", _days(7)),
    "qualification": ("adoption", _days(7)),
}


def remedies(gates: Iterable[Gate], now: datetime, time_zone: str) -> tuple[Remedy, ...]:
    """Each task once, even if two gates ask for it. A customer success manager owns all of them."""
    found: dict[str, Remedy] = {}
    for gate in gates:
        if gate.answer.result == "block" and gate.gate in REMEDIES:
            task, due = REMEDIES[gate.gate]
            found.setdefault(task, Remedy(task, "cs", due(now, time_zone), gate.gate))
    return tuple(found.values())
