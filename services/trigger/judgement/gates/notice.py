"""The first three gates: was it seen before, was a threshold reached, does the notice go out
(R-023..R-025, R-033, R-036, R-070).

The notice never waits for later gates; these three cannot block a proposal.
"""

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Answer, passed, skipped


def duplicate(case: Case) -> Answer:
    """The loop and unique keys make effects exactly-once: what reaches a decision is new."""
    return (
        skipped("nothing arrived: decided again by a timer")
        if case.cause == "schedule"
        else passed("not seen before")
    )


def crossing(case: Case) -> Answer:
    found = case.crossing
    if found is None:
        return skipped("no threshold was newly reached")
    evidence = {
        "meter": found.meter,
        "threshold": found.threshold.json,
        "used": found.used,
        "limit": found.limit,
        "percent": found.percent,
    }
    again = " again, of the new limit" if found.again else ""
    return passed(
        f"{found.meter} reached {found.threshold.key}{again}",
        {**evidence, "alert": found.alert, **found.evidence},
    )


def notice(case: Case) -> Answer:
    return passed("the usage notice goes out") if case.crossing else skipped("no notice is due")
