"""What a subscription costs, per unit and in all, now and one step up. 52 weeks = 12 months = 1 year (requirements 0.1)."""

from decimal import Decimal

from services.trigger.judgement.facts import Subscription
from shared.catalog import Catalog, Plan, Price
from shared.quantities import EXACT

PER_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}


def price_per(price: Price, interval: str) -> Decimal:
    """One unit for one interval; exact where a month's or a year's price is named, else its share of the year."""
    if interval == "month":
        return price.monthly
    return EXACT.divide(price.yearly, Decimal(PER_YEAR[interval]))


def own_price(plan: Plan, subscription: Subscription | None, interval: str) -> Decimal | None:
    """What one unit of the own plan costs per interval: what is really paid, else the plan's price. None for a price that nobody named."""
    if subscription is not None and subscription.price is not None:
        yearly = subscription.price * PER_YEAR[subscription.interval]
        return subscription.price if interval == subscription.interval else EXACT.divide(yearly, Decimal(PER_YEAR[interval]))
    return None if plan.price is None else price_per(plan.price, interval)


def added_cost(plan: Plan, target: Plan, subscription: Subscription | None) -> Decimal | None:
    """What one unit costs more in a year after the step: always the difference, never the full price (X7). None without both prices."""
    own = own_price(plan, subscription, "year")
    return None if own is None or target.price is None else target.price.yearly - own


def stay_cost(catalog: Catalog, plan: Plan, subscription: Subscription) -> Decimal | None:
    """A year on the own plan with its add-ons and extra units, as bought today (R-043)."""
    own = own_price(plan, subscription, "year")
    if own is None:
        return None
    prices = ((_unit_price(catalog, plan, key), count) for key, count in subscription.add_ons.items())
    return own * subscription.quantity + sum((price.yearly * count for price, count in prices if price), Decimal(0))


def _unit_price(catalog: Catalog, plan: Plan, key: str) -> Price | None:
    if key in plan.extra:
        return plan.extra[key]
    return catalog.add_ons[key].price if key in catalog.add_ons else None
