"""Whom to talk to about an upgrade: loyal, with a plan above theirs, and nothing that speaks against it (R-055)."""

from services.trigger.judgement.case import Case
from services.trigger.judgement.loyalty import loyalty
from services.trigger.judgement.pipeline import suppressions


def is_target(case: Case) -> bool:
    """Whether or not anything has been raised yet."""
    loyal = loyalty(case.facts, case.policy, case.at).segment == "high"
    return loyal and case.next_plan is not None and not suppressions(case)
