"""A change of plan within a period: to the second, or by the day (日割り). Each line is rounded,
the sum is not (R-160..R-162).

A higher plan starts immediately; a lower one at the end of the period, with nothing due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from services.trigger.accounts import Subscription
from services.trigger.judgement.economics.prices import paid_per_interval, price_per, unit_price
from shared.catalog import Catalog, Plan
from shared.values.money import money_text, round_money
from shared.values.periods import Period, local_date
from shared.values.quantities import EXACT

Mode = Literal["second", "day"]
VALID_FOR = timedelta(hours=24)
_MICROSECOND = timedelta(microseconds=1)


class NotQuotable(ValueError):
    """This change has no price; the message says why, `path` which part of the request is meant."""

    def __init__(self, reason: str, path: str = "/plan") -> None:
        super().__init__(reason)
        self.path = path


@dataclass(frozen=True, slots=True)
class Proration:
    """`credit` is the refund for the unused rest of the old plan (negative), `charge` the price of
    the rest of the new one.
    """

    plan: str
    mode: Mode
    at: datetime
    credit: Decimal
    charge: Decimal
    currency: str
    effective_at: datetime

    @property
    def due(self) -> Decimal:
        return EXACT.add(self.credit, self.charge)

    def json(self) -> dict[str, Any]:
        lines = {"credit": self.credit, "charge": self.charge, "due": self.due}
        return {name: money_text(amount, self.currency) for name, amount in lines.items()}


@dataclass(frozen=True, slots=True)
class Beside:
    """What extras cost per billing interval before and after a change of plan: only those that end
    with it or then have another price.
    """

    before: Fraction = Fraction(0)
    after: Fraction = Fraction(0)


def beside(catalog: Catalog, current: Plan, target: Plan, subscription: Subscription) -> Beside:
    """Extras that the new plan does not offer end with the change."""
    before = after = Fraction(0)
    for key, count in subscription.add_ons.items():
        old = unit_price(catalog, current, key)
        new = unit_price(catalog, target, key) if _is_offered(catalog, target, key) else None
        if old != new:
            before += count * price_per(old, subscription.interval) if old else 0
            after += count * price_per(new, subscription.interval) if new else 0
    return Beside(before, after)


def _is_offered(catalog: Catalog, plan: Plan, key: str) -> bool:
    return key in plan.extra or (key in catalog.add_ons and plan.id in catalog.add_ons[key].plans)


_NOTHING_CHANGES = Beside()


def prorate(
    current: Plan,
    target: Plan,
    subscription: Subscription,
    period: Period,
    at: datetime,
    time_zone: str,
    mode: Mode = "second",
    beside: Beside = _NOTHING_CHANGES,
) -> Proration:
    """What the change costs at a moment of the running period. Raises NotQuotable."""
    _check(current, target, period, at)
    if target.rank < current.rank:
        nothing = round_money(Decimal(0), current.currency)
        return Proration(target.id, mode, at, nothing, nothing, current.currency, period.end)
    old = paid_per_interval(current, subscription)
    if old is None or target.price is None:
        raise NotQuotable(
            f"{current.id if old is None else target.id} has no list price; "
            "it is quoted individually"
        )
    left, whole = _seconds(period, at) if mode == "second" else _days(period, at, time_zone)
    new = price_per(target.price, subscription.interval)
    before, after = (
        old * subscription.quantity + beside.before,
        new * subscription.quantity + beside.after,
    )
    credit, charge = (_part(price, left, whole, current.currency) for price in (before, after))
    return Proration(target.id, mode, at, EXACT.minus(credit), charge, current.currency, at)


def _check(current: Plan, target: Plan, period: Period, at: datetime) -> None:
    if target.id == current.id:
        raise NotQuotable(f"{target.id} is the present plan")
    if target.family != current.family or target.currency != current.currency:
        raise NotQuotable(
            f"{target.id} is not sold to customers on {current.id}: another family or currency"
        )
    if at not in period:
        raise NotQuotable("the moment must be in the running period", path="/at")


def _part(price: Fraction, left: int, whole: int, currency: str) -> Decimal:
    return round_money(price * Fraction(left, whole), currency)


def _seconds(period: Period, at: datetime) -> tuple[int, int]:
    """The rest of the period, and all of it, in microseconds."""
    return (period.end - at) // _MICROSECOND, (period.end - period.start) // _MICROSECOND


def _days(period: Period, at: datetime, time_zone: str) -> tuple[int, int]:
    """Days of the account's calendar, including the day of the change."""
    first, last, day = (local_date(moment, time_zone) for moment in (period.start, period.end, at))
    return max((last - day).days, 0), max((last - first).days, 1)
