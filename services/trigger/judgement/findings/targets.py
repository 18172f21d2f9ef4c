"""Whom to approach about an upgrade: loyal, not on the highest plan, not blocked (R-055)."""

from services.trigger.judgement.case import Case
from services.trigger.judgement.findings.loyalty import Segment, loyalty
from services.trigger.judgement.pipeline import suppressions


def is_target(case: Case) -> bool:
    """Independent of whether anything has been raised."""
    loyal = loyalty(case.facts, case.policy, case.at).segment
    return fits(case, loyal) and not suppressions(case)


def fits(case: Case, loyal: Segment) -> bool:
    """Whether it is one unless something blocks offers. `loyal`: its loyalty."""
    return loyal == "high" and case.next_plan is not None
