"""Whom to approach about an upgrade: loyal, not on the highest plan, not blocked (R-055)."""

from services.trigger.judgement.case import Case
from services.trigger.judgement.findings.loyalty import loyalty
from services.trigger.judgement.pipeline import suppressions


def is_target(case: Case) -> bool:
    """Independent of whether anything has been raised."""
    loyal = loyalty(case.facts, case.policy, case.at).segment == "high"
    return loyal and case.next_plan is not None and not suppressions(case)
