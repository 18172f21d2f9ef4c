"""What notices at each threshold lead to (R-213)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from services.trigger.process.figures.answer import Figures, Question


@dataclass(frozen=True, slots=True)
class Reached:
    """The notified alerts of a percentage, and what came of their decisions."""

    threshold: int
    notices: int
    proposals: int
    delivered: int
    clicked: int
    opportunities: int
    won: int
    unsubscribes: int


def report(reached: Sequence[Reached], question: Question) -> Figures:
    return Figures([asdict(one) for one in sorted(reached, key=lambda one: one.threshold)])
