"""How often and how fast each kind of owner wins (R-181)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.trigger.process.figures.answer import Figures, Question, Row
from services.trigger.process.figures.exact import is_low, median, or_none, percent
from services.trigger.process.reports.pipeline import days


@dataclass(frozen=True, slots=True)
class Closed:
    """An opportunity that was closed in the period. `role`: whose it was until then."""

    role: str
    won: bool
    created_at: datetime
    closed_at: datetime


def report(closed: Sequence[Closed], question: Question) -> Figures:
    roles: defaultdict[str, list[Closed]] = defaultdict(list)
    for one in closed:
        roles[one.role].append(one)
    return Figures([{"role": role, **_figures(roles[role])} for role in sorted(roles)])


def _figures(closed: Sequence[Closed]) -> Row:
    won = [days(one.closed_at - one.created_at) for one in closed if one.won]
    return {
        "won": len(won),
        "lost": len(closed) - len(won),
        "win_percent": percent(len(won), len(closed)),
        "median_days": or_none(median(won)),
        "low_n": is_low(len(closed)),
    }
