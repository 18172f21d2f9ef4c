"""Kaplan-Meier: after how long a share of the accounts has moved, if others are still waiting."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Wait:
    """How many days an account was watched; `moved`: it moved on the last of them, rather than
    being lost from sight (censored).
    """

    days: int
    moved: bool


def quantile(waits: Iterable[Wait], left: Fraction) -> int | None:
    """The first day on which at most this share is still waiting; None if there is none.

    On one day moves come before censorings. The product is kept as two whole numbers, because
    reducing a fraction at each step is slow and changes nothing.
    """
    moved: Counter[int] = Counter()
    seen: Counter[int] = Counter()
    for wait in waits:
        seen[wait.days] += 1
        moved[wait.days] += wait.moved
    at_risk, above, below = seen.total(), 1, 1
    for day in sorted(seen):
        above, below = above * (at_risk - moved[day]), below * at_risk
        if moved[day] and above * left.denominator <= below * left.numerator:
            return day
        at_risk -= seen[day]
    return None
