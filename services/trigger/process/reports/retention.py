"""Whether customers who moved up stay as long as others of the same age (R-204)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.trigger.process.figures.answer import Figures, Flag, Question
from services.trigger.process.figures.exact import is_low, percent

UPGRADED, OTHERS = "upgraded", "others"
LEAST_N = 10


@dataclass(frozen=True, slots=True)
class Cohort:
    """Of `n` accounts, how many were subscribed a year later."""

    n: int
    retained: int


def report(upgraded: Cohort, others: Cohort, question: Question) -> Figures:
    arms = {UPGRADED: upgraded, OTHERS: others}
    return Figures(
        [
            {
                "arm": name,
                "n": arm.n,
                "retained": arm.retained,
                "percent": percent(arm.retained, arm.n),
                "low_n": is_low(arm.n),
            }
            for name, arm in arms.items()
        ],
        flags=_flags(upgraded, others),
    )


def _flags(upgraded: Cohort, others: Cohort) -> Sequence[Flag]:
    if min(upgraded.n, others.n) < LEAST_N:
        return ()
    if Fraction(upgraded.retained, upgraded.n) >= Fraction(others.retained, others.n):
        return ()
    return (
        Flag(
            "upselling_poor_fit",
            {
                "upgraded": percent(upgraded.retained, upgraded.n),
                "others": percent(others.retained, others.n),
            },
        ),
    )
