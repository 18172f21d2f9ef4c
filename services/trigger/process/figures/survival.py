"""Kaplan-Meier: after how long a share of the accounts has moved, if others are still waiting."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Wait:
    """How many days an account was watched; `moved`: it moved on the last of them, rather than
    being lost from sight (censored).
    """

    days: int
    moved: bool


def quantile(waits: Iterable[Wait], left: Fraction) -> int | None:
    """The first day on which at most this share is still waiting; None if there is none."""
    for day, above, below in _drops(waits):
        if above * left.denominator <= below * left.numerator:
            return day
    return None


def curve(waits: Iterable[Wait]) -> list[tuple[int, Decimal]]:
    """(day, percent still waiting after it), for each day on which any moved; halves up."""
    return [
        (day, Decimal((2000 * above + below) // (2 * below)).scaleb(-1))
        for day, above, below in _drops(waits)
    ]


def _drops(waits: Iterable[Wait]) -> Iterator[tuple[int, int, int]]:
    """The days on which any moved, and the share that waits on, as two whole numbers: reducing a
    fraction at each step is slow and changes nothing.

    On one day moves come before censorings.
    """
    moved: Counter[int] = Counter()
    seen: Counter[int] = Counter()
    for wait in waits:
        seen[wait.days] += 1
        moved[wait.days] += wait.moved
    at_risk, above, below = seen.total(), 1, 1
    for day in sorted(seen):
        above, below = above * (at_risk - moved[day]), below * at_risk
        if moved[day]:
            yield day, above, below
        at_risk -= seen[day]
