"""Which opportunity gets the reason.

One is open per account and target plan; reasons are ordered by priority (R-040, R-107).
"""

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Answer, passed, skipped
from services.trigger.judgement.facts.facts import Opportunity
from services.trigger.judgement.findings.signals import NEVER_PROPOSES, by_priority
from services.trigger.judgement.gates.gate import Gate
from services.trigger.judgement.question import Question


def open_opportunity(case: Question) -> Opportunity | None:
    """The open one for what would be offered now."""
    plan, add_on = case.offered
    return next(
        (one for one in case.facts.opportunities if (one.plan, one.add_on) == (plan, add_on)), None
    )


def merged(case: Case, existing: Opportunity | None) -> tuple[str, ...]:
    """All reasons, highest priority first."""
    types = [signal.type for signal in case.signals if signal.type not in NEVER_PROPOSES]
    return by_priority([*(existing.reasons if existing else ()), *types])


def gate(case: Question) -> Answer:
    """Never blocks."""
    if not case.offers or not merged(case, None):
        return skipped("nothing to merge")
    plan, add_on = case.offered
    existing = open_opportunity(case)
    reasons = merged(case, existing)
    if existing is None:
        return passed(
            f"no open opportunity for {add_on or plan}", {"opportunity": None, "reasons": reasons}
        )
    return passed(
        f"opportunity {existing.id} takes the reason",
        {"opportunity": existing.id, "reasons": reasons},
    )


MERGE = Gate("merge", gate)
