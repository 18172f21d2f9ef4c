"""Whether anything was done about each reason to act, in time (R-047)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.trigger.process.figures.answer import Figures, Question

_TOLD = ("proposal", "notice")
_HELD = ("withheld", "none")


@dataclass(frozen=True, slots=True)
class Assisted:
    """A decision that a person should act on.

    `acted_at`: the first entry of a person on its task or opportunity.
    """

    decision: str
    account: str
    at: datetime
    task: str | None
    owner: str | None
    acted_at: datetime | None


def report(
    outcomes: Mapping[str, int],
    assisted: Sequence[Assisted],
    within: timedelta,
    question: Question,
) -> Figures:
    """`outcomes`: how many other decisions came to each. `within`: how soon a person has to act."""
    acted = [one for one in assisted if _has_acted(one, within)]
    missed = [
        one for one in assisted if not _has_acted(one, within) and question.now >= one.at + within
    ]
    told = sum(outcomes.get(outcome, 0) for outcome in _TOLD) + len(acted)
    held = sum(outcomes.get(outcome, 0) for outcome in _HELD)
    pending = len(assisted) - len(acted) - len(missed) + outcomes.get("failed", 0)
    return Figures(
        [
            {
                "decision": one.decision,
                "account": one.account,
                "at": one.at,
                "task": one.task,
                "owner": one.owner,
            }
            for one in sorted(missed, key=lambda one: (one.at, one.decision))
        ],
        {
            "triggers": told + held + pending + len(missed),
            "told": told,
            "held": held,
            "pending": pending,
            "missed": len(missed),
        },
    )


def _has_acted(one: Assisted, within: timedelta) -> bool:
    return one.acted_at is not None and one.acted_at <= one.at + within
