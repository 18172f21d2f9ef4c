"""Whether a first offer at one threshold leads to more upgrades than at another (BP-22)."""

from collections.abc import Mapping

from services.trigger.process.figures.answer import Figures, Question
from services.trigger.process.figures.uplift import Arm, uplift
from services.trigger.process.reports.holdout import row, shown


def report(arms: Mapping[str, Arm], question: Question) -> Figures:
    """`arms`: in their order; the first is what the second is compared with. None: there is no such
    experiment.
    """
    if len(arms) != 2:
        return Figures([], shown(uplift(Arm(0, 0), Arm(0, 0))))
    first, second = arms.values()
    return Figures([row(name, arm) for name, arm in arms.items()], shown(uplift(second, first)))
