"""How plans are presented, and how well they fit (R-004, R-010, R-013, R-014, R-016, R-017)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from services.trigger.judgement.facts.facts import Usage
from shared.catalog import Catalog, Fault, Plan
from shared.catalog.differences import better

MAJORITY_PERCENT = 50
EARLY_DAYS = 30
OPTIONS = 3


@dataclass(frozen=True, slots=True)
class Option:
    plan: Plan
    current: bool
    recommended: bool


@dataclass(frozen=True, slots=True)
class Step:
    """An account's progress towards the next plan.

    `towards`: what it may outgrow, with the usage if it is a meter.
    """

    plan: Plan
    towards: tuple[tuple[str, Usage | None], ...]


def options(catalog: Catalog, plan: Plan) -> tuple[Option, ...]:
    """R-016: the lowest plan gets three options with the middle one recommended; every other plan
    only the next step.
    """
    tiers = catalog.family(plan.id)
    shown = tiers[:OPTIONS] if plan == tiers[0] else (plan, *catalog.higher_plans(plan.id)[:1])
    after = catalog.next_plan(plan.id)
    return tuple(Option(tier, tier == plan, tier == after) for tier in shown)


def path(catalog: Catalog, plan: Plan, usage: Mapping[str, Usage]) -> Step | None:
    """R-017, R-013: the next plan, never two steps away, and what leads there.

    None on the highest plan.
    """
    after = catalog.next_plan(plan.id)
    if after is None:
        return None
    triggers = better(plan, after) if plan.graduation is None else plan.graduation
    return Step(after, tuple((trigger, usage.get(trigger)) for trigger in triggers))


def sla_breached(plan: Plan, opened_at: datetime, answered_at: datetime) -> bool:
    """R-010: whether the first answer came later than the plan promises; to the second, and never
    if the plan promises nothing.
    """
    hours = plan.support.first_response_hours
    return hours is not None and answered_at - opened_at > timedelta(seconds=int(hours * 3600))


def share_on_target(catalog: Catalog, plans: Iterable[str]) -> tuple[Decimal, bool] | None:
    """R-004: the percentage of long-standing customers (one plan id each) on their family's target
    plan, and whether it is the majority.

    If no plan is marked, the middle of the family is the target. None without customers.
    """
    held = [catalog.plans[plan] for plan in plans]
    if not held:
        return None
    on_target = sum(plan == target_plan(catalog, plan) for plan in held)
    percent = (Decimal(on_target * 100) / len(held)).quantize(Decimal("0.1"))
    return percent, percent > MAJORITY_PERCENT


def target_plan(catalog: Catalog, plan: Plan) -> Plan:
    tiers = catalog.family(plan.id)
    return next(
        (tier for tier in tiers if tier.target),
        tiers[(len(tiers) - 1) // 2 if len(tiers) > 2 else -1],
    )


def arbitrary_limit(plan: Plan, meter: str, accounts: int, reached_early: int) -> Fault | None:
    """R-014: if more than half of the accounts reach a limit within 30 days of their start, it is
    reached before they see any value.
    """
    if reached_early * 100 <= accounts * MAJORITY_PERCENT:
        return None
    return Fault(
        f"/plans/{plan.id}/limits/{meter}",
        "possibly_arbitrary_limit: "
        f"{reached_early} of {accounts} accounts reach it within {EARLY_DAYS} days",
    )
