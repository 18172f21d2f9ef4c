"""What a change of subscription means in yearly revenue, as reports count it. Pure."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from services.trigger.accounts import PlanChange, PlanMove, Subscription
from services.trigger.judgement.economics.prices import stay_cost
from services.trigger.judgement.findings.expansion import expansion_type
from shared.catalog import Catalog

NOTHING = Decimal(0)


def plan_change(at: datetime, move: PlanMove, sold: Mapping[int, Catalog]) -> PlanChange | None:
    """None if neither plan, quantity, add-ons, price nor interval changed.

    A subscription that begins is a `reactivation`; whether it is the account's first, is stored.
    """
    before, after = move.before, move.after
    if _terms(before) == _terms(after):
        return None
    known = [
        sold[one.catalog_version].plans[one.plan].currency
        for one in (after, before)
        if one is not None and one.plan in sold[one.catalog_version].plans
    ]
    return PlanChange(
        move=move,
        at=at,
        kind=_kind(before, after, sold),
        arr_before=yearly(before, sold),
        arr_after=yearly(after, sold),
        currency=known[0] if known else None,
        effective_at=after.started_at if before is None and after is not None else at,
    )


def yearly(one: Subscription | None, sold: Mapping[int, Catalog]) -> Decimal | None:
    """What it brings in a year, with units and add-ons; None without a known price."""
    if one is None:
        return NOTHING
    catalog = sold[one.catalog_version]
    plan = catalog.plans.get(one.plan)
    return None if plan is None else stay_cost(catalog, plan, one)


def _kind(
    before: Subscription | None, after: Subscription | None, sold: Mapping[int, Catalog]
) -> str:
    if before is None or after is None:
        return "reactivation" if before is None else "churn"
    for version in (after.catalog_version, before.catalog_version):
        if {before.plan, after.plan} <= sold[version].plans.keys():
            found = expansion_type(before, after, sold[version])
            return found or "price_change"
    return "price_change"


def _terms(one: Subscription | None) -> object:
    if one is None:
        return None
    add_ons = {key: count for key, count in one.add_ons.items() if count}
    return one.plan, one.quantity, add_ons, one.price, one.interval
