"""What a subscription costs, now and one step up. 52 weeks = 12 months = 1 year."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Literal

from services.trigger.accounts import Subscription
from services.trigger.judgement.shapes import PriceStepShown
from shared.catalog import Catalog, Plan, Price
from shared.messages.facts import PriceStepFacts
from shared.values.money import money_text, round_money
from shared.values.quantities import EXACT

PER_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}


@dataclass(frozen=True, slots=True)
class PriceStep:
    """The price of all units per `interval` after a step. `difference` to now; None: unknown."""

    interval: Literal["month", "year"]
    price: Decimal
    difference: Decimal | None
    currency: str

    def facts(self) -> PriceStepFacts:
        """In a message, and for its words."""
        difference = self.difference
        return PriceStepFacts(
            interval=self.interval,
            price=Decimal(money_text(self.price, self.currency)),
            difference=None
            if difference is None
            else Decimal(money_text(difference, self.currency)),
            currency=self.currency,
        )

    def json(self) -> PriceStepShown:
        return {
            "interval": self.interval,
            "price": money_text(self.price, self.currency),
            "difference": None
            if self.difference is None
            else money_text(self.difference, self.currency),
            "currency": self.currency,
        }


def price_step(plan: Plan, target: Plan, subscription: Subscription | None) -> PriceStep | None:
    """Per year for yearly payers, otherwise per month, if the target has such a price. None if the
    price is quoted individually.

    The difference uses what is actually paid, for as many units as are paid for.
    """
    if target.price is None:
        return None
    by_year = subscription is not None and subscription.interval == "year"
    named = {"month": target.price.month is not None, "year": target.price.year is not None}
    interval: Literal["month", "year"] = (
        "year" if named["year"] and (by_year or not named["month"]) else "month"
    )
    each, paid = price_per(target.price, interval), _paid(plan, subscription, interval)
    quantity = subscription.quantity if subscription is not None else 1
    difference = None if paid is None else round_money((each - paid) * quantity, target.currency)
    return PriceStep(
        interval, round_money(each * quantity, target.currency), difference, target.currency
    )


def _paid(plan: Plan, subscription: Subscription | None, interval: str) -> Fraction | None:
    """One unit of the current plan for that interval, whatever its billing interval is."""
    if subscription is None:
        return None if plan.price is None else price_per(plan.price, interval)
    paid = paid_per_interval(plan, subscription)
    return None if paid is None else paid * PER_YEAR[subscription.interval] / PER_YEAR[interval]


def price_per(price: Price, interval: str) -> Fraction:
    """One unit for one interval, exactly: the monthly or yearly price if there is one, otherwise a
    share of the year's.
    """
    if interval == "month":
        return price.monthly
    return Fraction(price.yearly) / PER_YEAR[interval]


def paid_per_interval(plan: Plan, subscription: Subscription) -> Fraction | None:
    """What one unit of the current plan costs per billing interval: what is actually paid,
    otherwise the plan's price; None if there is none.
    """
    if subscription.price is not None:
        return Fraction(subscription.price)
    return None if plan.price is None else price_per(plan.price, subscription.interval)


def yearly_price(plan: Plan, subscription: Subscription | None) -> Decimal | None:
    """What one unit of the current plan costs per year, exactly: what is actually paid, otherwise
    the plan's price. None without a price.
    """
    if subscription is not None and subscription.price is not None:
        return EXACT.multiply(subscription.price, Decimal(PER_YEAR[subscription.interval]))
    return None if plan.price is None else plan.price.yearly


def added_cost(plan: Plan, target: Plan, subscription: Subscription | None) -> Decimal | None:
    """What one unit costs more per year after the step: always the difference, never the full
    price. None without both prices.
    """
    own = yearly_price(plan, subscription)
    return None if own is None or target.price is None else EXACT.subtract(target.price.yearly, own)


def stay_cost(catalog: Catalog, plan: Plan, subscription: Subscription) -> Decimal | None:
    """A year on the current plan with its add-ons and extra units, as bought today (R-043)."""
    own = yearly_price(plan, subscription)
    if own is None:
        return None
    prices = (
        (unit_price(catalog, plan, key), count) for key, count in subscription.add_ons.items()
    )
    beside = (EXACT.multiply(price.yearly, Decimal(count)) for price, count in prices if price)
    return reduce(EXACT.add, beside, EXACT.multiply(own, Decimal(subscription.quantity)))


def unit_price(catalog: Catalog, plan: Plan, key: str) -> Price | None:
    """One add-on, or one extra unit, beside the plan; None if the catalogue has no price for it."""
    if key in plan.extra:
        return plan.extra[key]
    return catalog.add_ons[key].price if key in catalog.add_ons else None
