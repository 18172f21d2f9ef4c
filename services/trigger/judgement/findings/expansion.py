"""Classifies a change of subscription. Only a move to a higher plan is an upsell (R-105, R-106)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from services.trigger.accounts import Subscription
from services.trigger.judgement.economics.prices import yearly_price
from services.trigger.judgement.findings import needs
from shared.catalog import Catalog, Plan

ExpansionType = Literal[
    "plan_upgrade",
    "downgrade",
    "seat_expansion",
    "limit_add_on",
    "cross_sell",
    "contraction",
    "price_change",
    "reactivation",
    "churn",
]


def expansion_type(
    before: Subscription | None, after: Subscription | None, catalog: Catalog
) -> ExpansionType | None:
    """None if nothing that costs money changed.

    A first subscription counts as `reactivation`; the caller knows which it is.
    """
    if before is None or after is None:
        return None if before is after else "reactivation" if before is None else "churn"
    if before.plan != after.plan:
        return _plan_change(before.plan, after.plan, catalog)
    return _more_or_less(before, after, catalog) or (
        "price_change" if _price(before, catalog) != _price(after, catalog) else None
    )


def _plan_change(before: str, after: str, catalog: Catalog) -> ExpansionType:
    old, new = catalog.plans[before], catalog.plans[after]
    if old.family == new.family:
        return "plan_upgrade" if new.rank > old.rank else "downgrade"
    return "price_change"


def _more_or_less(
    before: Subscription, after: Subscription, catalog: Catalog
) -> ExpansionType | None:
    """By what grew; if several did, people come first."""
    keys = sorted(
        {*before.add_ons, *after.add_ons}, key=lambda key: (key != needs.people_meter(catalog), key)
    )
    changes = {key: after.add_ons.get(key, 0) - before.add_ons.get(key, 0) for key in keys}
    grown = [key for key, change in changes.items() if change > 0]
    if grown:
        return _kind(grown[0], catalog, after.plan)
    if after.quantity > before.quantity:
        return "seat_expansion"
    shrunk = any(change < 0 for change in changes.values()) or after.quantity < before.quantity
    return "contraction" if shrunk else None


def _kind(key: str, catalog: Catalog, plan: str) -> ExpansionType:
    brought = brings(catalog, catalog.plans[plan], key)
    if needs.people_meter(catalog) in brought:
        return "seat_expansion"
    return "limit_add_on" if brought else "cross_sell"


def brings(catalog: Catalog, plan: Plan, key: str) -> Mapping[str, Decimal]:
    """How much one unit of an extra (an add-on, or a single unit of a meter) adds to each meter."""
    if key not in plan.extra and key in catalog.add_ons:
        return catalog.add_ons[key].limits
    return {key: Decimal(1)} if key in catalog.meters else {}


def _price(subscription: Subscription, catalog: Catalog) -> Decimal | None:
    return yearly_price(catalog.plans[subscription.plan], subscription)
