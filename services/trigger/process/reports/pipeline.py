"""What is open, how old it is, and how far opportunities come (R-206)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from services.trigger.process.figures.answer import Figures, Question
from services.trigger.process.figures.exact import mean, or_none, percent

STAGES = (
    "identified",
    "needs_discovery",
    "nurture",
    "qualified",
    "engaged",
    "proposal",
    "negotiation",
    "disqualified",
)
FLOW = ("identified", "qualified", "engaged", "proposal", "closed_won")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """An assisted opportunity that was open at the moment in question, at its stage of then."""

    stage: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Reached:
    """How many assisted opportunities of the period came as far as `furthest` of the flow.

    `negotiated`: whether they were ever in negotiation.
    """

    furthest: str
    negotiated: bool
    count: int = 1


def report(open_: Sequence[Standing], reached: Sequence[Reached], question: Question) -> Figures:
    at = question.at or question.now
    ages: defaultdict[str, list[Fraction]] = defaultdict(list)
    for one in open_:
        ages[one.stage].append(days(at - one.created_at))
    stages = sorted(ages, key=lambda stage: (_place(stage), stage))
    return Figures(
        [
            {"stage": stage, "count": len(ages[stage]), "mean_age_days": _mean(ages[stage])}
            for stage in stages
        ],
        {
            "count": len(open_),
            "mean_age_days": _mean([age for stage in stages for age in ages[stage]]),
            "flows": flows(reached),
        },
    )


def flows(reached: Sequence[Reached]) -> dict[str, Any]:
    """`counts`: how many came as far as each of the flow; a later stage counts for all before."""
    counts = counts_of(reached)
    return {
        "counts": counts,
        "percents": [percent(after, before) for before, after in pairwise(counts)],
        "negotiation": sum(one.count for one in reached if one.negotiated),
    }


def counts_of(reached: Iterable[Reached]) -> list[int]:
    there = dict.fromkeys(FLOW, 0)
    for one in reached:
        there[one.furthest] += one.count
    return list(accumulate(reversed(there.values())))[::-1]


def days(time: timedelta) -> Fraction:
    return Fraction(time // timedelta(microseconds=1), _DAY // timedelta(microseconds=1))


def _mean(ages: Sequence[Fraction]) -> Decimal | None:
    return or_none(mean(ages))


def _place(stage: str) -> int:
    return STAGES.index(stage) if stage in STAGES else len(STAGES)
