"""Which objections come up, and what became of them (R-158)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.trigger.process.figures.answer import Figures, Question, Row
from services.trigger.process.figures.exact import is_low, percent


@dataclass(frozen=True, slots=True)
class Raised:
    """An objection that first came up in an opportunity in the period.

    `is_process`: it is a step of the customer's, such as an approval of the budget, and no doubt.
    """

    objection: str
    is_process: bool
    resolved: bool
    won: bool


def report(raised: Sequence[Raised], question: Question) -> Figures:
    kinds: defaultdict[str, list[Raised]] = defaultdict(list)
    for one in raised:
        kinds[one.objection].append(one)
    return Figures(
        [
            {"objection": key, "is_process": kinds[key][0].is_process, **_figures(kinds[key])}
            for key in sorted(kinds)
        ],
        _figures([one for one in raised if not one.is_process]),
    )


def _figures(raised: Sequence[Raised]) -> Row:
    resolved = sum(one.resolved for one in raised)
    won = sum(one.resolved and one.won for one in raised)
    return {
        "raised": len(raised),
        "resolved": resolved,
        "won": won,
        "resolved_percent": percent(resolved, len(raised)),
        "won_percent": percent(won, len(raised)),
        "won_of_resolved_percent": percent(won, resolved),
        "low_n": is_low(len(raised)),
    }
