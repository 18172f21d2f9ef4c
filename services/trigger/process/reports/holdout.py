"""Whether offers lead to upgrades: accounts that got them, and those that were held out (BP-20,
BP-21).
"""

from collections.abc import Mapping

from services.trigger.process.figures.answer import Figures, Question, Row
from services.trigger.process.figures.exact import is_low, percent
from services.trigger.process.figures.uplift import Arm, Uplift, uplift

CONTROL, OFFERED = "control", "offered"
NOT_CONCLUSIVE = "not conclusive"


def report(arms: Mapping[str, Arm], question: Question) -> Figures:
    control, offered = (arms.get(name, Arm(0, 0)) for name in (CONTROL, OFFERED))
    return Figures([row(CONTROL, control), row(OFFERED, offered)], shown(uplift(offered, control)))


def row(name: str, arm: Arm) -> Row:
    return {
        "arm": name,
        "accounts": arm.n,
        "upgraded": arm.hits,
        "percent": percent(arm.hits, arm.n),
        "low_n": is_low(arm.n),
    }


def shown(found: Uplift) -> Row:
    return {
        "points": found.points,
        "relative_percent": found.relative_percent,
        "z": found.z,
        "p": found.p,
        "ci": None if found.ci is None else list(found.ci),
        "conclusive": found.conclusive,
        "verdict": None if found.conclusive else NOT_CONCLUSIVE,
        "needed_per_arm": found.needed_per_arm,
    }
