"""Whether an add-on, or more units of the plan, cover the shortage for less than the step up; if
so, that is the offer (R-105).

The shortage is measured as for the step (`recommendation.required`) and must be gone afterwards. A
single kind of add-on has to give everything the step would give of that meter; other needs (a
feature, faster support) only a plan can answer. Single units are bought as needed: they are an
option once there is no room left, and are not proposed before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import Literal

from services.trigger.accounts import Subscription
from services.trigger.judgement.case import Case
from services.trigger.judgement.economics.prices import (
    PriceStep,
    price_per,
    stay_cost,
    yearly_price,
)
from services.trigger.judgement.facts.facts import Usage
from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.expansion import ExpansionType, brings, expansion_type
from services.trigger.judgement.findings.recommendation import required
from services.trigger.judgement.shapes import AddOnOfferShown
from shared.catalog import Catalog, Plan, Price, Text
from shared.values.money import money_text, round_money
from shared.values.quantities import EXACT, json_number

MOST = 1_000_000_000
"""Per add-on in a subscription."""

FOR_A_PLAN = frozenset({"compliance_need", "feature_requested", "better_support", "pre_purchase"})
"""Signals that more room does not answer."""

MARGIN = 2
"""Points below a threshold at which its alert is over."""

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class AddOnOffer:
    """`quantity` more of `id`. `unit`: the meter's unit, if single units are sold; `limit`: what
    `meter` allows with them.

    `step_year`: what the step up would add per year; None if there is none, or its price is quoted
    individually.
    """

    id: str
    name: Text
    type: ExpansionType
    meter: str
    quantity: int
    limit: Decimal
    each: Price
    currency: str
    interval: Literal["month", "year"]
    solves: tuple[str, ...]
    unit: str | None = None
    step_year: Decimal | None = None

    @property
    def year(self) -> Decimal:
        return EXACT.multiply(self.each.yearly, Decimal(self.quantity))

    @property
    def price(self) -> PriceStep:
        """The price of all of it, as an offer states it: it comes on top of what is paid."""
        amount = round_money(price_per(self.each, self.interval) * self.quantity, self.currency)
        return PriceStep(self.interval, amount, None, self.currency)

    def json(self) -> AddOnOfferShown:
        month = Fraction(self.each.monthly) * self.quantity
        return {
            "id": self.id,
            "type": self.type,
            "meter": self.meter,
            "quantity": self.quantity,
            "limit": json_number(self.limit),
            "price": {
                "month": money_text(month, self.currency),
                "year": money_text(self.year, self.currency),
            },
            "currency": self.currency,
        }


def find(case: Case) -> AddOnOffer | None:
    """The cheapest one that covers the shortage for less than the step; None if the step, or
    nothing, is the offer.
    """
    plan, subscription = case.plan, case.facts.subscription
    if plan is None or subscription is None or not sold_beside(case.catalog, plan):
        return None
    short, found = _short(case, plan, subscription), None
    if not short or not _is_for_room(case, plan):
        return None
    step = step_year(case.catalog, plan, case.next_plan, subscription)
    for about in _abouts(case, short):
        found = found or _cheapest(case, plan, subscription, about, short, step)
    return found


def _cheapest(
    case: Case,
    plan: Plan,
    subscription: Subscription,
    about: str,
    short: Mapping[str, Decimal],
    step: Decimal | None,
) -> AddOnOffer | None:
    wanted = {
        meter: short[meter]
        for meter in short
        if meter == about or (case.next_plan and needs.more(case.next_plan, plan, meter))
    }
    found = (
        _offer(case, plan, subscription, key, about, wanted, step)
        for key in sold_beside(case.catalog, plan)
    )
    cheaper = (one for one in found if one is not None and (step is None or one.year < step))
    return min(cheaper, key=lambda one: (one.year, one.quantity, one.id), default=None)


def step_year(
    catalog: Catalog, plan: Plan, target: Plan | None, subscription: Subscription
) -> Decimal | None:
    """What the step adds per year for all units, less the extra units it makes unnecessary because
    the plan includes them.

    None if there is no step, or one of the two prices is unknown.
    """
    own = yearly_price(plan, subscription)
    if target is None or target.price is None or own is None:
        return None
    added = EXACT.multiply(EXACT.subtract(target.price.yearly, own), Decimal(subscription.quantity))
    needless = {
        key: count
        for key, count in subscription.add_ons.items()
        if (brought := brings(catalog, plan, key))
        and all(_has_anyway(catalog, plan, target, subscription, meter) for meter in brought)
    }
    if not needless:
        return added
    alone = replace(subscription, add_ons={})
    beside = (
        stay_cost(catalog, plan, replace(subscription, add_ons=needless)),
        stay_cost(catalog, plan, alone),
    )
    assert beside[0] is not None
    assert beside[1] is not None
    return EXACT.subtract(added, EXACT.subtract(beside[0], beside[1]))


def _has_anyway(
    catalog: Catalog, plan: Plan, target: Plan, subscription: Subscription, meter: str
) -> bool:
    if meter not in plan.limits or meter not in target.limits:
        return False
    limit, now = target.limit(meter), catalog.limit(plan.id, meter, subscription.add_ons)
    return limit is None or (now is not None and limit >= now)


def sold_beside(catalog: Catalog, plan: Plan) -> tuple[str, ...]:
    """Ids of the extras that give a plan more room: its single units, then its add-ons."""
    packs = (
        key
        for key, one in catalog.add_ons.items()
        if plan.id in one.plans and key not in plan.extra
    )
    return (*plan.extra, *packs)


def _is_for_room(case: Case, plan: Plan) -> bool:
    """Whether nothing else is needed that some higher plan has."""
    if FOR_A_PLAN & set(case.live_signals):
        return False
    higher = case.catalog.higher_plans(plan.id)
    return not any(
        needs.answers(one, plan, need)
        for need in case.needs
        if need.kind != "meter"
        for one in higher
    )


def _short(case: Case, plan: Plan, subscription: Subscription) -> dict[str, Decimal]:
    """How much is required of each meter that is nearly full, on its way, will not last, or of
    which more was asked for.

    Only if the limit follows from what is bought: an agreed limit stays as it is whatever is added.
    """
    expected = required(case.facts, case.catalog, case.at)
    asked = {need.key for need in case.needs if need.kind == "meter"}
    found = {}
    for meter, amount in expected.items():
        limit = case.facts.usage[meter].limit
        if (
            not limit
            or meter not in plan.limits
            or limit != case.catalog.limit(plan.id, meter, subscription.add_ons)
        ):
            continue
        if meter in case.pressure or meter in asked or amount > limit:
            found[meter] = amount
    return found


def _abouts(case: Case, short: Mapping[str, Decimal]) -> tuple[str, ...]:
    """The meters it may be about: the one that crossed, otherwise the fullest short ones.

    Depends on the account only, not on what was raised.
    """
    if case.crossing is not None:
        return (case.crossing.meter,) if case.crossing.meter in short else ()
    return tuple(
        sorted(short, key=lambda meter: (-_fullness(case.facts.usage[meter], short[meter]), meter))
    )


def _fullness(usage: Usage, amount: Decimal) -> Fraction:
    return Fraction(amount) / Fraction(usage.limit or 1)


def _offer(
    case: Case,
    plan: Plan,
    subscription: Subscription,
    key: str,
    about: str,
    wanted: Mapping[str, Decimal],
    step: Decimal | None,
) -> AddOnOffer | None:
    quantity = _quantity(case, plan, key, wanted)
    if quantity is None:
        return None
    single = key in plan.extra
    more = {**subscription.add_ons, key: subscription.add_ons.get(key, 0) + quantity}
    limits = {meter: case.catalog.limit(plan.id, meter, more) for meter in wanted}
    limit = limits[about]
    if (
        more[key] > MOST
        or limit is None
        or any(allowed is not None and allowed < wanted[meter] for meter, allowed in limits.items())
    ):
        return None
    price = plan.extra[key] if single else case.catalog.add_ons[key].price
    is_yearly = price.year is not None and (subscription.interval == "year" or price.month is None)
    kind = expansion_type(subscription, replace(subscription, add_ons=more), case.catalog)
    assert kind is not None
    return AddOnOffer(
        id=key,
        name=case.catalog.meters[key].name if single else case.catalog.add_ons[key].name,
        type=kind,
        meter=about,
        quantity=quantity,
        limit=limit,
        each=price,
        currency=plan.currency,
        interval="year" if is_yearly else "month",
        solves=tuple(sorted(wanted)),
        unit=case.catalog.meters[key].unit if single else None,
        step_year=step,
    )


def _quantity(case: Case, plan: Plan, key: str, wanted: Mapping[str, Decimal]) -> int | None:
    """How many more are needed; None if it does not bring what is wanted, or, as a single unit of a
    meter, before that meter is full.
    """
    brought = brings(case.catalog, plan, key)
    if not all(brought.get(meter, _NOTHING) > 0 for meter in wanted):
        return None
    if key in plan.extra and not all(
        _is_out(case.facts.usage[meter], amount) for meter, amount in wanted.items()
    ):
        return None
    return max(_count(case, meter, amount, brought[meter]) for meter, amount in wanted.items())


def _is_out(usage: Usage, amount: Decimal) -> bool:
    """Whether no room is left, or soon none will be."""
    return usage.limit is not None and (usage.used >= usage.limit or amount > usage.limit)


def _count(case: Case, meter: str, amount: Decimal, each: Decimal) -> int:
    """Enough to cover the need and end the threshold that was reached, as a gauge re-arms."""
    usage = case.facts.usage[meter]
    assert usage.limit is not None
    above = EXACT.subtract(amount, usage.limit)
    enough = int(EXACT.divide(above, each).to_integral_value(ROUND_CEILING, EXACT))
    level = _level(case, usage)
    if level <= MARGIN or usage.used <= 0:
        return max(1, enough)
    left = Fraction(usage.used) * 100 / (level - MARGIN)
    return max(1, enough, (left - Fraction(usage.limit)) // Fraction(each) + 1)


def _level(case: Case, usage: Usage) -> int:
    """The percentage reached: of the crossing, otherwise of current usage; at most 100."""
    crossing = case.crossing
    reached = (
        crossing.threshold.percent
        if crossing is not None and crossing.meter == usage.meter
        else None
    )
    return min(100, reached or max(usage.percent or 0, 0) or 100)
