"""How many qualified opportunities are won, also by plan, size, segment, owner, reason (R-200,
R-201).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.trigger.process.figures.answer import Figures, Question, Row
from services.trigger.process.figures.exact import is_low, percent
from services.trigger.process.figures.keys import band, grouped, size

BAND = (40, 60)
_LOST = ("closed_lost", "disqualified")


@dataclass(frozen=True, slots=True)
class Qualified:
    """An opportunity that first entered `qualified` in the period, as it stands now."""

    stage: str
    plan: str | None = None
    employees: int | None = None
    segment: str | None = None
    owner: str | None = None
    reason: str | None = None


_KEYS: Mapping[str, Callable[[Qualified], str | None]] = {
    "plan": lambda one: one.plan,
    "size": lambda one: size(one.employees),
    "segment": lambda one: one.segment,
    "owner": lambda one: one.owner,
    "reason": lambda one: one.reason,
}


def report(qualified: Sequence[Qualified], question: Question) -> Figures:
    groups = grouped(qualified, _KEYS[question.by] if question.by else None)
    return Figures(
        [{"key": key, **_figures(rows)} for key, rows in groups.items()], _figures(qualified)
    )


def _figures(rows: Sequence[Qualified]) -> Row:
    stages = Counter(row.stage for row in rows)
    won, lost = stages["closed_won"], sum(stages[stage] for stage in _LOST)
    return {
        "qualified": len(rows),
        "won": won,
        "lost": lost,
        "open": len(rows) - won - lost,
        "cohort_percent": percent(won, len(rows)),
        "decided_percent": percent(won, won + lost),
        "band": band(won, len(rows), *BAND),
        "low_n": is_low(len(rows)),
    }
