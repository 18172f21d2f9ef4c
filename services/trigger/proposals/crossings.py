"""What is decided when a threshold is reached, with its notice or long after it. Pure."""

from dataclasses import replace
from datetime import datetime

from services.trigger.alerts.occasions import Occasion, Undecided
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.findings import signals
from services.trigger.judgement.gates.notice import notice_gates
from services.trigger.judgement.pipeline import decide
from services.trigger.judgement.question import Question
from services.trigger.proposals.effects.basis import Ruling
from services.trigger.proposals.results import waiting


def on_usage(loaded: Loaded, occasion: Occasion, now: datetime) -> Ruling:
    """Decides with the notice; if that sells, also about what still waits."""
    crossing = occasion.crossing if occasion.notice is not None else None
    if crossing is not None and crossing.threshold.per_hour is not None:
        crossing = None  # a rate is told, and is no reason for anything
    usage = loaded.facts.usage.get(crossing.meter) if crossing else None
    raised = signals.of_crossing(crossing, usage, loaded.catalog.policy, now) if crossing else ()
    case = Case(occasion.cause, now, loaded.catalog, loaded.facts, crossing, raised)
    decision = _with_notice(decide(case), occasion)
    if decision.sells and (still := waiting(loaded, raised, now)):
        case = replace(case, signals=(*raised, *still))
        decision = _with_notice(decide(case), occasion)
    return Ruling(
        loaded, Question.of(case), replace(decision, id=occasion.decision), occasion.notice
    )


def after_all(loaded: Loaded, one: Undecided, now: datetime) -> Ruling:
    """The notice went out long ago, so a proposal is sent separately; a limit that is no longer
    reached is no longer a reason.
    """
    crossing = one.crossing
    usage = loaded.facts.usage.get(crossing.meter) if crossing else None
    amount = (
        crossing.threshold.amount(usage.limit)
        if crossing is not None and usage is not None
        else None
    )
    still = amount is not None and usage is not None and usage.used >= amount
    raised = (
        signals.of_crossing(crossing, usage, loaded.catalog.policy, now)
        if crossing and still
        else ()
    )
    case = Case(one.cause, now, loaded.catalog, loaded.facts, crossing, raised)
    return Ruling(loaded, Question.of(case), replace(decide(case), id=one.decision))


def _with_notice(decision: Decision, occasion: Occasion) -> Decision:
    """Replaces the first three gates by those of the crossing; a notice without a crossing
    (`feature.gated`) still is a notice.
    """
    first = notice_gates(occasion.reached)
    outcome = (
        "notice" if decision.outcome == "none" and occasion.notice is not None else decision.outcome
    )
    return replace(decision, gates=(*first, *decision.gates[len(first) :]), outcome=outcome)
