"""The gates about the offer itself: which plan, is it worth it, who acts, is it ready for a person.

R-100..R-104, R-117, R-170..R-173, R-096.
"""

from datetime import timedelta
from typing import Any

from services.trigger.judgement.decision import Answer, blocked, passed, skipped
from services.trigger.judgement.question import Question


def recommendation(case: Question) -> Answer:
    """R-100, R-101: one step up, and the second step only after the first has been lived with."""
    if case.target is None:
        return skipped("no plan above")
    days = timedelta(days=case.policy.step_cooldown_days)
    ups = [move.at for move in case.facts.moves if move.kind == "upgrade" and move.at <= case.at < move.at + days]
    if ups:
        return blocked(f"step_cooldown: upgraded on {max(ups).date()}", {"upgraded_at": max(ups)}, retry_at=max(ups) + days)
    return passed(f"one step up: {case.target.id}")


def value(case: Question) -> Answer:
    if case.target is None:
        return skipped("no plan above")
    return passed("no claim is made")


def route(case: Question) -> Answer:
    if case.route is None:
        return skipped("no plan above")
    return passed(case.route.owner)


def qualification(case: Question) -> Answer:
    """Blocks only where they are not ready (R-096); what is unknown becomes a question in the task."""
    found = case.qualification
    if found is None:
        return skipped("nobody acts")
    evidence: dict[str, Any] = {finding.criterion: finding.verdict for finding in found.findings}
    if found.verdict == "not_yet":
        return blocked(
            "not_yet: they are not satisfied with the present plan", evidence, clears_when="they are satisfied with the present plan"
        )
    return passed(found.verdict, evidence)
