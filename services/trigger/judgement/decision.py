"""One decision: every gate with its result, reason and evidence, and what follows (R-047, R-079,
R-230).

`Decision.json()` is the exact public form. Reasons are in English; `shared/wording` words a gate
for its reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from services.trigger.judgement.findings.loyalty import Loyalty
from services.trigger.judgement.shapes import (
    AddOnOfferShown,
    DecisionShown,
    GateShown,
    Outcome,
    Owner,
    RecommendedShown,
    RemedyShown,
    Result,
    RouteShown,
)
from shared.values.moments import iso
from shared.values.quantities import json_number

Evidence = Mapping[str, Any]
NOTHING: Evidence = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A gate's finding.

    If it blocks, `retry_at` or `clears_when` in its evidence says what ends the block. `code`
    identifies the reason for code that acts on it; the reason begins with it.
    """

    result: Result
    reason: str
    evidence: Evidence = field(default_factory=dict)
    code: str | None = None

    @property
    def retry_at(self) -> datetime | None:
        found = self.evidence.get("retry_at")
        return found if isinstance(found, datetime) else None


def passed(reason: str, evidence: Evidence = NOTHING) -> Answer:
    return Answer("pass", reason, evidence)


def skipped(reason: str) -> Answer:
    return Answer("skip", reason)


def blocked(
    reason: str,
    evidence: Evidence = NOTHING,
    *,
    code: str | None = None,
    retry_at: datetime | None = None,
    clears_when: str | None = None,
) -> Answer:
    """A "no", and what ends it: a moment, words, or neither (holdout).

    `code` is put before the reason, so that a stored decision has it too.
    """
    ends: dict[str, Any] = {} if retry_at is None else {"retry_at": retry_at}
    return Answer(
        "block",
        reason if code is None else f"{code}: {reason}",
        {**evidence, **ends, **({} if clears_when is None else {"clears_when": clears_when})},
        code,
    )


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """`gate`: its name."""

    gate: str
    answer: Answer

    def json(self) -> GateShown:
        return {
            "gate": self.gate,
            "result": self.answer.result,
            "reason": self.answer.reason,
            "evidence": plain(self.answer.evidence),
        }


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is done instead of selling (R-073). `owner`: who does it, "cs"."""

    task: str
    owner: str
    due_at: datetime
    gate: str

    def json(self) -> RemedyShown:
        return {"task": self.task, "owner": self.owner, "due_at": iso(self.due_at)}


@dataclass(frozen=True, slots=True)
class Recommended:
    """Either a plan or an add-on."""

    plan: str | None
    steps: int = 1
    multi_step: bool = False
    note: str | None = None
    add_on: AddOnOfferShown | None = None

    def json(self) -> RecommendedShown:
        shown: RecommendedShown = {
            "plan": self.plan,
            "steps": self.steps,
            "multi_step": self.multi_step,
            "add_on": self.add_on,
        }
        return {**shown, "note": self.note} if self.note else shown


@dataclass(frozen=True, slots=True)
class Route:
    """Who acts, by which rule.

    `deal_value` is money as text in `currency`; None if no price is known.
    """

    owner: Owner
    rule: str
    deal_value: str | None
    currency: str
    reasons: tuple[str, ...] = ()

    def json(self) -> RouteShown:
        return {
            "owner": self.owner,
            "rule": self.rule,
            "deal_value": self.deal_value,
            "currency": self.currency,
            "reasons": list(self.reasons),
        }


class Shown(Protocol):
    """A finding that is converted to its public form only together with the decision."""

    def json(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """`id` is empty until it is stored.

    `recommendation`, `value`, `route`, `qualification` are None if there was nothing to find.
    """

    account: str
    cause: str
    at: datetime
    signals: tuple[str, ...]
    outcome: Outcome
    gates: tuple[GateAnswer, ...]
    remedies: tuple[Remedy, ...] = ()
    recommendation: Recommended | None = None
    value: Shown | None = None
    route: Route | None = None
    qualification: Shown | None = None
    loyalty: Loyalty | None = None
    scenarios: tuple[str, ...] = ()
    retry_at: datetime | None = None
    late: bool = False
    id: str = ""
    reason: str | None = None
    """Why it could not be made; only if the outcome is `failed`, until it is made."""

    @property
    def blocked_by(self) -> tuple[str, ...]:
        return tuple(gate.gate for gate in self.gates if gate.answer.result == "block")

    @property
    def sells(self) -> bool:
        """Whether an upgrade is proposed, to the customer or through a person."""
        return self.outcome in ("proposal", "assisted")

    def answer(self, gate: str) -> Answer:
        """The answer of the named gate; KeyError if there is no such gate."""
        for asked in self.gates:
            if asked.gate == gate:
                return asked.answer
        raise KeyError(gate)

    def json(self) -> DecisionShown:
        remedies = [remedy.json() for remedy in self.remedies]
        return {
            "id": self.id,
            "account": self.account,
            "cause": self.cause,
            "at": iso(self.at),
            "signals": list(self.signals),
            "outcome": self.outcome,
            "gates": [gate.json() for gate in self.gates],
            "blocked_by": list(self.blocked_by),
            "retry_at": None if self.retry_at is None else iso(self.retry_at),
            "remedy": remedies[0] if remedies else None,
            "recommendation": None if self.recommendation is None else self.recommendation.json(),
            "value": None if self.value is None else plain(self.value.json()),
            "route": None if self.route is None else self.route.json(),
            "scenarios": list(self.scenarios),
            "qualification": None
            if self.qualification is None
            else plain(self.qualification.json()),
            "loyalty": None if self.loyalty is None else self.loyalty.json(),
            "remedies": remedies,
            "late": self.late,
            "reason": self.reason,
        }


def plain(found: Any) -> Any:
    """Converts to JSON types: times to text, exact numbers to numbers; money is already text."""
    if found is None or isinstance(found, (str, int, bool, float)):
        return found
    if isinstance(found, Mapping):
        return {str(key): plain(inner) for key, inner in found.items()}
    if isinstance(found, datetime):
        return iso(found)
    if isinstance(found, date):
        return found.isoformat()
    if isinstance(found, Decimal):
        return json_number(found)
    return [plain(inner) for inner in found]
