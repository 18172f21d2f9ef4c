"""The first three gates: was it seen before, was a threshold reached, does the notice go out
(R-023..R-025, R-033, R-036, R-070).

The notice never waits for later gates; these three cannot block a proposal. They are asked of a
case, and of what was reached before there is a case: the notice goes out even if judgement fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from services.trigger.judgement.case import Case, Crossing
from services.trigger.judgement.decision import Answer, GateAnswer, passed, skipped
from services.trigger.judgement.gates.gate import Gate

_NEW = passed("not seen before")
_GOES_OUT = passed("the usage notice goes out")


@dataclass(frozen=True, slots=True)
class Reached:
    """What was newly reached on a meter.

    `crossing` None: usage of something that is not in the plan. `silent`: why no notice goes out;
    None if one does.
    """

    meter: str
    used: Decimal
    limit: Decimal | None
    percent: int | None
    crossing: Crossing | None
    silent: str | None


def duplicate(case: Case) -> Answer:
    """The loop and unique keys make effects exactly-once: what reaches a decision is new."""
    return (
        skipped("nothing arrived: decided again by a timer") if case.cause == "schedule" else _NEW
    )


def crossing(case: Case) -> Answer:
    found = case.crossing
    if found is None:
        return skipped("no threshold was newly reached")
    return _crossed(found, _evidence(found))


def notice(case: Case) -> Answer:
    return _GOES_OUT if case.crossing else skipped("no notice is due")


DUPLICATE = Gate("duplicate", duplicate)
CROSSING = Gate("crossing", crossing)
NOTICE = Gate("notice", notice)


def notice_gates(reached: Reached) -> tuple[GateAnswer, ...]:
    """They never block, because a notice is not a proposal (R-036)."""
    evidence = _evidence(reached)
    found = (
        passed(f"{reached.meter} is used and not in the plan", evidence)
        if reached.crossing is None
        else _crossed(reached.crossing, evidence)
    )
    return (
        GateAnswer(DUPLICATE.name, _NEW),
        GateAnswer(CROSSING.name, found),
        GateAnswer(NOTICE.name, _GOES_OUT if reached.silent is None else skipped(reached.silent)),
    )


def _crossed(found: Crossing, evidence: Mapping[str, object]) -> Answer:
    again = ", again, of the new limit" if found.again else ""
    return passed(
        f"{found.meter} reached {found.threshold.key}{again}",
        {**evidence, "threshold": found.threshold.json, "alert": found.alert, **found.evidence},
    )


def _evidence(found: Crossing | Reached) -> Mapping[str, object]:
    return {
        "meter": found.meter,
        "used": found.used,
        "limit": found.limit,
        "percent": found.percent,
    }
