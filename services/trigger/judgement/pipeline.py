"""The gates in order, and what follows from them (R-047, R-079, R-230).

All gates are evaluated, even after one that blocks. docs/judgement.md describes them;
CONTRIBUTING.md says what a new one needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Decision, GateAnswer, Recommended
from services.trigger.judgement.economics.value import ValueCase
from services.trigger.judgement.findings.loyalty import loyalty
from services.trigger.judgement.findings.scenarios import classify
from services.trigger.judgement.findings.signals import NEVER_PROPOSES, by_priority
from services.trigger.judgement.gates import (
    dissatisfaction,
    fit,
    holdout,
    notice,
    offer,
    opportunity,
    suppression,
)
from services.trigger.judgement.gates.registry import Gates
from services.trigger.judgement.question import Question
from services.trigger.judgement.shapes import Outcome

GATES = Gates(
    notice.DUPLICATE,
    notice.CROSSING,
    notice.NOTICE,
    holdout.HOLDOUT,
    suppression.OPTED_OUT,
    suppression.CANCEL_INTENT,
    dissatisfaction.DISSATISFIED,
    suppression.NEW_CONTRACT,
    suppression.LOW_LOYALTY,
    suppression.NOT_ADOPTED,
    suppression.RECENT_DOWNSELL,
    suppression.RECENTLY_DECLINED,
    suppression.FREQUENCY_CAP,
    offer.TOP_PLAN,
    offer.RECOMMENDATION,
    fit.FIT,
    offer.VALUE,
    offer.ROUTE,
    offer.QUALIFICATION,
    opportunity.MERGE,
)


@dataclass(frozen=True, slots=True)
class Worded:
    """The value case, with its lines in the account's language."""

    case: ValueCase
    locale: str

    def json(self) -> Mapping[str, Any]:
        return self.case.json(self.locale)


def decide(case: Case) -> Decision:
    """The same case always gives the same decision."""
    asked = Question.of(case)
    gates = tuple(GateAnswer(gate.name, gate.ask(asked)) for gate in GATES)
    outcome = _outcome(asked, gates)
    return Decision(
        account=case.facts.account.id,
        cause=case.cause,
        at=case.at,
        signals=by_priority(signal.type for signal in case.signals),
        outcome=outcome,
        gates=gates,
        remedies=GATES.remedies(gates, case.at, case.facts.account.time_zone),
        recommendation=_recommended(asked),
        value=Worded(asked.worth.value, case.facts.account.locale) if asked.worth.value else None,
        route=asked.route,
        qualification=asked.qualification,
        loyalty=loyalty(case.facts, case.policy, case.at),
        scenarios=classify(case),
        retry_at=_retry_at(gates),
        late=case.late,
    )


def _recommended(asked: Question) -> Recommended | None:
    if asked.add_on is not None:
        return Recommended(None, 0, add_on=asked.add_on.json())
    return asked.recommendation.recommended() if asked.recommendation else None


def suppressions(case: Case) -> tuple[GateAnswer, ...]:
    """The suppressions in force now, whether or not anything is to be sold."""
    question = Question.of(case)
    gates = (GateAnswer(gate.name, gate.ask(question)) for gate in GATES if gate.suppresses)
    return tuple(gate for gate in gates if gate.answer.result == "block")


def _outcome(case: Question, gates: tuple[GateAnswer, ...]) -> Outcome:
    """Nothing is sold while any gate blocks.

    What would not have been sold anyway is not called withheld.
    """
    blocking = {gate.gate for gate in gates if gate.answer.result == "block"}
    rest: Outcome = "notice" if case.crossing else "none"
    if not case.signals:
        return rest
    if blocking & GATES.withholding:
        return "withheld"
    if blocking or not case.offers or all(signal.type in NEVER_PROPOSES for signal in case.signals):
        return rest
    return "proposal" if case.route is not None and case.route.owner == "self_serve" else "assisted"


def _retry_at(gates: tuple[GateAnswer, ...]) -> datetime | None:
    """When the last of the blocks ends by itself; None if one of them waits for something else."""
    blocking = [gate.answer.retry_at for gate in gates if gate.answer.result == "block"]
    known = [moment for moment in blocking if moment is not None]
    return max(known) if known and len(known) == len(blocking) else None
