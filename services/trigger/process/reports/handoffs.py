"""Whether Sales take what they are handed, how fast, and what hand-offs cost (R-180, BP-26)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.trigger.process.figures.answer import Figures, Flag, Question, Row
from services.trigger.process.figures.exact import is_low, median, or_none, percent
from services.trigger.process.reports.pipeline import days

_LOST = {
    "handoff": ("handoff_failure",),
    "objection": ("price", "timing", "no_need", "competitor"),
    "process": ("budget",),
}
_ANSWERS = ("accepted", "returned", "rejected")


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the period. `state`: requested, accepted, rejected, timed_out, returned or
    withdrawn. Returned ones had been accepted.
    """

    state: str
    requested_at: datetime
    answered_at: datetime | None


def report(requests: Sequence[Request], losses: Mapping[str, int], question: Question) -> Figures:
    """`losses`: opportunities lost in the period, by reason."""
    lost = _lost(losses)
    worse = lost["handoff"] > lost["objection"]
    said = {"handoff": lost["handoff"], "objection": lost["objection"]}
    return Figures(
        [_row(requests)], {"lost": lost}, (Flag("handoff_over_objections", said),) if worse else ()
    )


def _row(requests: Sequence[Request]) -> Row:
    states = Counter(one.state for one in requests)
    accepted = states["accepted"] + states["returned"]
    ends = accepted + states["rejected"] + states["timed_out"]
    hours = [
        24 * days(one.answered_at - one.requested_at)
        for one in requests
        if one.answered_at is not None and one.state in _ANSWERS
    ]
    return {
        "requested": len(requests),
        "accepted": accepted,
        "rejected": states["rejected"],
        "timed_out": states["timed_out"],
        "returned": states["returned"],
        "open": states["requested"],
        "acceptance_percent": percent(accepted, ends),
        "median_hours": or_none(median(hours)),
        "low_n": is_low(ends),
    }


def _lost(losses: Mapping[str, int]) -> dict[str, int]:
    found = {name: sum(losses.get(one, 0) for one in of) for name, of in _LOST.items()}
    return found | {"other": sum(losses.values()) - sum(found.values())}
