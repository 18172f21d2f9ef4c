"""Whether the target plan solves anything.

Without a need or pressure nothing is proposed, not even to a promoter (R-076).
"""

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Answer, blocked, passed, skipped
from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.needs import Wanted
from services.trigger.judgement.gates.gate import Gate
from services.trigger.judgement.question import Question


def gate(case: Question) -> Answer:
    if (add_on := case.add_on) is not None:
        return passed(
            f"{add_on.id} answers {', '.join(add_on.solves)}",
            {"needs": [], "meters": add_on.solves, "add_on": add_on.id},
        )
    plan, target = case.plan, case.target
    if plan is None or target is None:
        return skipped("no plan to fit")
    if case.facts.subscription is None:
        return passed("they are about to buy: the offer appears on the quote")
    resolved = [need for need in case.needs if needs.answers(target, plan, need)]
    pressure = [meter for meter in case.pressure if needs.more(target, plan, meter)]
    if resolved or pressure:
        evidence = {"needs": sorted({need.key for need in resolved}), "meters": pressure}
        return passed(f"{target.id} answers {', '.join((*evidence['needs'], *pressure))}", evidence)
    return _unmet(case, target.id)


def _unmet(case: Case, target: str) -> Answer:
    """A need that only a higher plan answers does not block: it is mentioned (R-103)."""
    assert case.plan is not None
    higher = case.catalog.higher_plans(case.plan.id)
    later = [
        need for need in case.needs if any(needs.answers(plan, case.plan, need) for plan in higher)
    ]
    if later:
        return passed(
            f"a higher plan than {target} answers {', '.join(_keys(later))}",
            {"needs": _keys(later)},
        )
    clears = f"a need is recorded that {target} answers"
    if case.needs:
        return blocked(
            f"no plan answers {', '.join(_keys(case.needs))}",
            {"needs": _keys(case.needs)},
            code="unmet_need",
            clears_when=clears,
        )
    return blocked(f"no recorded need and no pressure that {target} resolves", clears_when=clears)


def _keys(found: tuple[Wanted, ...] | list[Wanted]) -> list[str]:
    return sorted({need.key for need in found})


FIT = Gate("fit", gate, ended_by=frozenset({"feature.gated"}))
