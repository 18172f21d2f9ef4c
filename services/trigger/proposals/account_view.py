"""What the API shows of an account besides master data (R-055, R-063, R-190)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from typing_extensions import TypedDict

from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import plain
from services.trigger.judgement.findings import timing
from services.trigger.judgement.findings.health import HealthShown, health
from services.trigger.judgement.findings.loyalty import LoyaltyShown, loyalty
from services.trigger.judgement.findings.readiness import ReadinessToExpand, readiness
from services.trigger.judgement.findings.targets import is_target
from services.trigger.judgement.pipeline import suppressions
from services.trigger.process.revenue import yearly
from shared.answers import DayText, MomentText, MoneyText, Things
from shared.values.moments import iso
from shared.values.money import money_text


class NpsShown(TypedDict):
    score: int
    at: MomentText


class SuppressionShown(TypedDict):
    """A gate that blocks offers now. `retry_at` null: the evidence says what clears it."""

    gate: str
    reason: str
    evidence: Things
    since: MomentText
    retry_at: MomentText | None


class ProposalShown(TypedDict):
    """An offer that was made, and its result.

    `add_on`: what was offered in addition to `plan`, the current plan.
    """

    date: MomentText
    plan: str
    add_on: str | None
    channel: str
    reason: str
    amount: MoneyText | None
    currency: str
    outcome: str | None
    decision: str | None


class Described(TypedDict):
    """`upsell_target`: loyal, with a higher plan available, and not blocked. `arr`: a year of what
    is subscribed, in the plan's currency; null without a known price.
    """

    renewal_date: DayText | None
    arr: MoneyText | None
    nps: NpsShown | None
    loyalty: LoyaltyShown | None
    upsell_target: bool
    health: HealthShown | None
    readiness: ReadinessToExpand | None
    suppressions: list[SuppressionShown]
    proposal_history: list[ProposalShown]


def described(
    loaded: Loaded, since: Mapping[str, datetime], history: Sequence[Row[Any]], now: datetime
) -> Described:
    facts, policy = loaded.facts, loaded.catalog.policy
    case = Case("schedule", now, loaded.catalog, facts)
    found, ready = health(facts, case.plan, policy, now), readiness(case)
    newest = max(facts.record.nps, key=lambda score: score.order, default=None)
    subscription = facts.subscription
    return {
        "renewal_date": timing.renewal_date(subscription, facts.account, now).isoformat()
        if subscription
        else None,
        "arr": _arr(loaded),
        "nps": None if newest is None else {"score": newest.score, "at": iso(newest.at)},
        "loyalty": loyalty(facts, policy, now).json(),
        "upsell_target": is_target(case),
        "health": None if found is None else plain(found.json()),
        "readiness": None if ready is None else plain(ready.json()),
        "suppressions": [
            {
                "gate": gate.gate,
                "reason": gate.answer.reason,
                "evidence": plain(gate.answer.evidence),
                "since": iso(since.get(gate.gate, now)),
                "retry_at": None if gate.answer.retry_at is None else iso(gate.answer.retry_at),
            }
            for gate in suppressions(case)
        ],
        "proposal_history": [_proposal(row) for row in history],
    }


def _arr(loaded: Loaded) -> str | None:
    running = loaded.facts.subscription
    plan = None if running is None else loaded.catalog.plans.get(running.plan)
    if running is None or plan is None:
        return None
    amount = yearly(running, {running.catalog_version: loaded.catalog})
    return None if amount is None else money_text(amount, plan.currency)


def _proposal(row: Row[Any]) -> ProposalShown:
    return {
        "date": iso(row.at),
        "plan": row.plan,
        "add_on": row.add_on,
        "channel": row.channel,
        "reason": row.reason,
        "amount": None if row.amount is None else money_text(row.amount, row.currency),
        "currency": row.currency,
        "outcome": row.outcome,
        "decision": row.decision,
    }
