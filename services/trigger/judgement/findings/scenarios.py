"""Which of the five scenarios apply, the primary one first (R-140, R-141..R-145)."""

from collections.abc import Mapping

from services.trigger.judgement.case import Case
from services.trigger.judgement.findings import needs

ORDER = ("compliance", "outgrowing", "team_growth", "advanced_feature", "better_support")

OF_SIGNAL: Mapping[str, str] = {
    "usage_limit": "outgrowing",
    "repeated_limit": "outgrowing",
    "forecast_limit": "outgrowing",
    "feature_requested": "advanced_feature",
    "team_growth": "team_growth",
    "better_support": "better_support",
    "compliance_need": "compliance",
}


def classify(case: Case) -> tuple[str, ...]:
    """By the signals that are raised or open, and by facts that were too old to raise one."""
    if not case.signals:
        return ()
    found = {OF_SIGNAL[name] for name in case.live_signals if name in OF_SIGNAL} | _by_facts(case)
    return tuple(name for name in ORDER if name in found)


def _by_facts(case: Case) -> set[str]:
    record, plan = case.facts.record, case.plan
    found: set[str] = set()
    if plan is None or case.next_plan is None or case.facts.subscription is None:
        return found
    higher = case.catalog.higher_plans(plan.id)
    if needs.urgent_asks(record, case.at) >= needs.URGENT_ASKS and any(
        needs.faster(other, plan) for other in higher
    ):
        found.add("better_support")
    for feature in record.requested:
        asked = needs.requests(record, feature, case.at) >= needs.ASKS
        if (
            asked
            and feature not in plan.features
            and any(feature in other.features for other in higher)
        ):
            found.add("advanced_feature")
    for need in needs.live_compliance(record, case.at):
        missing = [
            name
            for name in needs.framework_features(case.catalog, need.framework)
            if name not in plan.features
        ]
        if any(name in other.features for name in missing for other in higher):
            found.add("compliance")
    if needs.seats_above(case.catalog, case.facts, needs.growing(record, case.at)):
        found.add("team_growth")
    return found
