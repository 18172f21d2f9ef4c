"""What a subscription costs, per unit and in all, now and one step up. 52 weeks = 12 months = 1 year."""

from decimal import Decimal
from fractions import Fraction
from functools import reduce

from services.trigger.judgement.facts import Subscription
from shared.catalog import Catalog, Plan, Price
from shared.quantities import EXACT

PER_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}


def price_per(price: Price, interval: str) -> Fraction:
    """One unit for one interval, exactly: a month's or a year's price where it is named, else its share of the year."""
    if interval == "month":
        return price.monthly
    return Fraction(price.yearly) / PER_YEAR[interval]


def paid_per_interval(plan: Plan, subscription: Subscription) -> Fraction | None:
    """What one unit of the own plan costs per interval of its billing: what is really paid, else the plan's price; None without one."""
    if subscription.price is not None:
        return Fraction(subscription.price)
    return None if plan.price is None else price_per(plan.price, subscription.interval)


def yearly_price(plan: Plan, subscription: Subscription | None) -> Decimal | None:
    """What one unit of the own plan costs a year, exactly: what is really paid, else the plan's price. None for a price nobody named."""
    if subscription is not None and subscription.price is not None:
        return EXACT.multiply(subscription.price, Decimal(PER_YEAR[subscription.interval]))
    return None if plan.price is None else plan.price.yearly


def added_cost(plan: Plan, target: Plan, subscription: Subscription | None) -> Decimal | None:
    """What one unit costs more in a year after the step: always the difference, never the full price. None without both prices."""
    own = yearly_price(plan, subscription)
    return None if own is None or target.price is None else EXACT.subtract(target.price.yearly, own)


def stay_cost(catalog: Catalog, plan: Plan, subscription: Subscription) -> Decimal | None:
    """A year on the own plan with its add-ons and extra units, as bought today (R-043)."""
    own = yearly_price(plan, subscription)
    if own is None:
        return None
    prices = ((_unit_price(catalog, plan, key), count) for key, count in subscription.add_ons.items())
    beside = (EXACT.multiply(price.yearly, Decimal(count)) for price, count in prices if price)
    return reduce(EXACT.add, beside, EXACT.multiply(own, Decimal(subscription.quantity)))


def _unit_price(catalog: Catalog, plan: Plan, key: str) -> Price | None:
    if key in plan.extra:
        return plan.extra[key]
    return catalog.add_ons[key].price if key in catalog.add_ons else None
