"""The next lower plan for an account that may cancel: whether its usage fits, and what stays
(R-222, R-223).

Nothing is offered to the customer: the customer success manager decides on the call.
"""

from dataclasses import dataclass
from decimal import Decimal

from typing_extensions import TypedDict

from services.trigger.judgement.case import Case
from services.trigger.judgement.economics.prices import yearly_price
from services.trigger.judgement.gates import suppression
from services.trigger.judgement.shapes import MoneyByPeriod
from shared.answers import Amount
from shared.catalog import Plan
from shared.values.money import money_text, round_money
from shared.values.quantities import EXACT, json_number


class ReduceShown(TypedDict):
    """A meter that uses more than the lower plan allows."""

    meter: str
    used: Amount
    limit: Amount


class DownsellShown(TypedDict):
    """The next lower plan while they think of leaving.

    `contraction`: what is paid less (negative); `retained`: what stays; both null if a price is
    quoted individually.
    """

    plan: str
    fits: bool
    reduce: list[ReduceShown]
    contraction: MoneyByPeriod | None
    retained: MoneyByPeriod | None
    currency: str


@dataclass(frozen=True, slots=True)
class TooMuch:
    meter: str
    used: Decimal
    limit: Decimal


@dataclass(frozen=True, slots=True)
class Downsell:
    """Yearly amounts of all units; None if a price is quoted individually."""

    plan: Plan
    reduce: tuple[TooMuch, ...]
    contraction: Decimal | None
    retained: Decimal | None

    @property
    def fits(self) -> bool:
        return not self.reduce

    def month(self, year: Decimal) -> Decimal:
        return round_money(EXACT.divide(year, Decimal(12)), self.plan.currency)

    def json(self) -> DownsellShown:
        return {
            "plan": self.plan.id,
            "fits": self.fits,
            "reduce": [
                {"meter": one.meter, "used": json_number(one.used), "limit": json_number(one.limit)}
                for one in self.reduce
            ],
            "contraction": self._money(self.contraction),
            "retained": self._money(self.retained),
            "currency": self.plan.currency,
        }

    def _money(self, year: Decimal | None) -> MoneyByPeriod | None:
        if year is None:
            return None
        currency = self.plan.currency
        return {
            "month": money_text(self.month(year), currency),
            "year": money_text(round_money(year, currency), currency),
        }


def downsell(case: Case) -> Downsell | None:
    """None without a cancel intent in force, or on the lowest plan."""
    plan, subscription = case.plan, case.facts.subscription
    if plan is None or subscription is None or not leaving(case):
        return None
    lower = lower_plan(case, plan)
    if lower is None:
        return None
    own, quantity = yearly_price(plan, subscription), Decimal(subscription.quantity)
    retained = None if lower.price is None else EXACT.multiply(lower.price.yearly, quantity)
    paid = None if own is None else EXACT.multiply(own, quantity)
    contraction = None if retained is None or paid is None else EXACT.subtract(retained, paid)
    return Downsell(lower, too_much(case, lower), contraction, retained)


def leaving(case: Case) -> bool:
    return suppression.cancel_intent(case).result == "block"


def lower_plan(case: Case, plan: Plan) -> Plan | None:
    """One step down in the family."""
    below = (one for one in reversed(case.catalog.family(plan.id)) if one.rank < plan.rank)
    return next(below, None)


def too_much(case: Case, lower: Plan) -> tuple[TooMuch, ...]:
    """The meters whose use is above the lower plan's limit, with the add-ons that it sells."""
    subscription = case.facts.subscription
    held = {} if subscription is None else subscription.add_ons
    kept = {
        key: count
        for key, count in held.items()
        if key in lower.extra
        or (key in case.catalog.add_ons and lower.id in case.catalog.add_ons[key].plans)
    }
    found = []
    for meter, usage in sorted(case.facts.usage.items()):
        limit = case.catalog.limit(lower.id, meter, kept) if meter in lower.limits else None
        if limit is not None and usage.used > limit:
            found.append(TooMuch(meter, usage.used, limit))
    return tuple(found)
