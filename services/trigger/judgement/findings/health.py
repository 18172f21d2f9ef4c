"""The account's health: a score of 0 to 100 with its components (R-060..R-063, BP-02..BP-04).

The weight of a missing input goes to the others; it never counts as zero. Health (churn risk) is
not readiness to buy (BP-01).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from typing_extensions import TypedDict

from services.trigger.judgement.facts.facts import Facts, active_days, last_nps, within
from services.trigger.judgement.gates.dissatisfaction import negative_tickets
from services.trigger.judgement.gates.suppression import contract_start
from shared.answers import Amount
from shared.catalog import Plan, Policy

Band = Literal["red", "yellow", "green"]
Trend = Literal["up", "flat", "down"]
HUNDRED = Decimal(100)
MOST_REASONS = 3
TREND_DAYS = 30
TREND_POINTS = 5
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Component:
    """`value` 0..100; `weight` as applied. The weights of a score add up to 1."""

    key: str
    value: Decimal
    weight: Decimal

    @property
    def missing(self) -> tuple[Decimal, str]:
        """How much it lowers the score; the key decides between equals."""
        return (HUNDRED - self.value) * self.weight, self.key

    def json(self) -> "HealthComponent":
        return {"key": self.key, "value": self.value, "weight": self.weight}


class HealthComponent(TypedDict):
    """`value` 0 to 100; the weights of a score add up to 1."""

    key: str
    value: Amount
    weight: Amount


class HealthShown(TypedDict):
    """A score of 0 to 100 with its components. `worst` lowers it the most; `reasons`: the three
    that do.
    """

    score: Amount
    band: Band
    trend: Trend | None
    worst: str
    components: list[HealthComponent]
    reasons: list[HealthComponent]


@dataclass(frozen=True, slots=True)
class Health:
    score: Decimal
    band: Band
    components: tuple[Component, ...]
    worst: str
    trend: Trend | None = None

    def json(self) -> HealthShown:
        worst = sorted(self.components, key=lambda part: part.missing, reverse=True)
        return {
            "score": self.score,
            "band": self.band,
            "trend": self.trend,
            "worst": self.worst,
            "components": [part.json() for part in self.components],
            "reasons": [part.json() for part in worst[:MOST_REASONS]],
        }


def health(facts: Facts, plan: Plan | None, policy: Policy, now: datetime) -> Health | None:
    """None if nothing is known."""
    found = score(values(facts, plan, policy, now), policy.health)
    if found is None:
        return None
    return Health(
        found.score, found.band, found.components, found.worst, _trend(facts, plan, policy, now)
    )


def score(known: Mapping[str, Decimal], weights: Mapping[str, Decimal]) -> Health | None:
    """Weighted mean of the known inputs (R-062)."""
    total = sum((weights[key] for key in known if key in weights), Decimal(0))
    if not total:
        return None
    parts = tuple(
        Component(key, known[key], round_to(weight / total, "0.0001"))
        for key, weight in weights.items()
        if key in known and weight
    )
    exact = sum((known[part.key] * weights[part.key] for part in parts), Decimal(0)) / total
    worst = max(parts, key=lambda part: part.missing)
    return Health(round_to(exact, "0.1"), band(exact), parts, worst.key)


def band(exact: Decimal) -> Band:
    """BP-02: floored, 0..50 red, 51..75 yellow, 76..100 green."""
    whole = int(exact)
    return "red" if whole <= 50 else "yellow" if whole <= 75 else "green"


def values(facts: Facts, plan: Plan | None, policy: Policy, now: datetime) -> dict[str, Decimal]:
    """The known inputs, each 0..100."""
    found = {
        "logins": _logins(facts, policy, now),
        "features": _features(facts, plan, now),
        "limits": _limits(facts, now),
        "nps": _nps(facts, policy, now),
        "support": _support(facts, now),
        "outcomes": _outcomes(facts),
    }
    return {key: value for key, value in found.items() if value is not None}


def _logins(facts: Facts, policy: Policy, now: datetime) -> Decimal | None:
    days = active_days(facts, now)
    return None if days is None else min(HUNDRED, HUNDRED * days / policy.login_target_30d)


def _features(facts: Facts, plan: Plan | None, now: datetime) -> Decimal | None:
    if plan is None or not plan.features or not facts.record.used:
        return None
    return (
        HUNDRED
        * sum(within(facts.record.used.get(name), now, 30) for name in plan.features)
        / len(plan.features)
    )


def _limits(facts: Facts, now: datetime) -> Decimal | None:
    """The fullest meter by the account's age: half empty after nine months is a risk (BP-04)."""
    used = [usage.fullness for usage in facts.usage.values() if usage.fullness is not None]
    start = contract_start(facts)
    if not used or start is None:
        return None
    return {"green": HUNDRED, "yellow": Decimal(60), "red": Decimal(30)}[
        utilisation(max(used), (now - start) // MONTH)
    ]


def utilisation(percent: int, months: int) -> Band:
    """BP-04: above 75 % always green; otherwise green until 6 months, yellow until 9, red after."""
    if percent > 75:
        return "green"
    return "green" if months < 6 else "yellow" if months < 9 else "red"


def _nps(facts: Facts, policy: Policy, now: datetime) -> Decimal | None:
    newest = last_nps(facts.record, now, policy.nps_max_age_days)
    return None if newest is None else Decimal(newest.score * 10)


def _support(facts: Facts, now: datetime) -> Decimal | None:
    if not facts.record.tickets:
        return None
    return max(Decimal(0), HUNDRED - 20 * len(negative_tickets(facts.record, now, 30)))


def _outcomes(facts: Facts) -> Decimal | None:
    """Stated goals, reached or missed: `evidence.recorded` of satisfaction about goals."""
    goals = [
        proof
        for proof in facts.record.proofs
        if proof.criterion == "satisfaction"
        and "goal" in proof.kind
        and proof.verdict in ("yes", "no")
    ]
    return HUNDRED * (max(goals, key=lambda proof: proof.order).verdict == "yes") if goals else None


def _trend(
    facts: Facts, plan: Plan | None, policy: Policy, now: datetime
) -> Literal["up", "flat", "down"] | None:
    """Compared with 30 days ago, using the inputs that are known for then."""
    then_at = now - timedelta(days=TREND_DAYS)
    if not any(day <= then_at.date() for day in facts.record.active_days):
        return None
    keys = ("logins", "nps", "support")
    then, today = values(facts, plan, policy, then_at), values(facts, plan, policy, now)
    both = [key for key in keys if key in then and key in today]
    before, after = (score({key: at[key] for key in both}, policy.health) for at in (then, today))
    if before is None or after is None:
        return None
    moved = after.score - before.score
    return "up" if moved >= TREND_POINTS else "down" if moved <= -TREND_POINTS else "flat"


def round_to(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), ROUND_HALF_UP)
