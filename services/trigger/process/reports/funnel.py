"""From an opportunity that a signal opened to one that is won (R-234)."""

from collections.abc import Sequence

from services.trigger.process.figures.answer import Figures, Question
from services.trigger.process.reports.pipeline import Reached, counts_of


def report(reached: Sequence[Reached], question: Question) -> Figures:
    eligible, ready, engaged, _, won = counts_of(reached)
    return Figures([{"eligible": eligible, "ready": ready, "engaged": engaged, "won": won}])
