"""`GET /v1/accounts/{id}/recommendation`: the step up, its comparison and value, the cost of
waiting, alternatives, the path.

R-016, R-017, R-045, R-046.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from typing_extensions import TypedDict

from services.trigger.judgement.case import Case
from services.trigger.judgement.economics import packaging
from services.trigger.judgement.economics.add_ons import AddOnOffer
from services.trigger.judgement.economics.comparison import ComparisonRow, compare
from services.trigger.judgement.economics.cost_of_waiting import WaitCostShown, waiting
from services.trigger.judgement.economics.prices import price_step
from services.trigger.judgement.facts.facts import Usage
from services.trigger.judgement.question import Question
from services.trigger.judgement.shapes import (
    AddOnOfferShown,
    MoreUnits,
    PriceStepShown,
    ValueCaseShown,
)
from shared.answers import Amount, MoneyText
from shared.catalog import Plan, Text
from shared.messages.facts import MoneyFacts
from shared.values.money import money_text
from shared.values.quantities import json_number, plain
from shared.wording import price_text, sentence
from shared.wording.language import language

_SUPPORT = "support"


class OptionOfQuote(TypedDict):
    """The plan one step above the quoted one, and what it costs more per month."""

    plan: str
    difference: MoneyText
    currency: str
    text: str


class PriceOfStep(PriceStepShown):
    text: str


class AddOnOfAdvice(AddOnOfferShown):
    text: str


class PathMeter(TypedDict):
    meter: str
    used: Amount
    limit: Amount
    percent: int | None
    text: str


class UpgradePath(TypedDict):
    """How far the account is from the next plan, by the meters it may outgrow."""

    plan: str
    towards: list[PathMeter]


class PlanOption(TypedDict):
    plan: str
    name: str
    current: bool
    recommended: bool


class Advice(TypedDict):
    """Texts and labels are in the account's language.

    `plan` is null if there is no step up, or if `add_on` covers the shortage for less.
    """

    plan: str | None
    reason: str
    comparison: list[ComparisonRow]
    value: ValueCaseShown | None
    wait_cost: WaitCostShown | None
    alternative: MoreUnits | None
    option: OptionOfQuote | None
    path: UpgradePath | None
    options: list[PlanOption]
    price: PriceOfStep | None
    add_on: AddOnOfAdvice | None


def advice(case: Case, locale: str) -> Advice:
    """The exact answer; texts and labels are in `locale`, the account's."""
    question = Question.of(case)
    plan, target = question.plan, question.target
    units = question.worth.units
    value, wait = question.worth.value, waiting(question) if question.add_on is None else None
    rows = (
        compare(question.catalog, plan, target, question.needs, locale) if plan and target else ()
    )
    return {
        "plan": target.id if target else None,
        "reason": _reason(question, locale),
        "comparison": [row.json() for row in rows],
        "value": value.json(locale) if value else None,
        "wait_cost": wait.json(locale) if wait else None,
        "alternative": units.json() if units else None,
        "option": option(question, locale),
        "path": _path(question, locale) if plan else None,
        "options": _options(question, locale) if plan else [],
        "price": _price(question, locale),
        "add_on": _add_on(question, locale),
    }


def _price(question: Question, locale: str) -> PriceOfStep | None:
    """The price of the step and the difference, also in words; None if quoted individually."""
    plan, target = question.plan, question.target
    step = price_step(plan, target, question.facts.subscription) if plan and target else None
    return None if step is None else {**step.json(), "text": price_text(step.facts(), locale)}


def _add_on(question: Question, locale: str) -> AddOnOfAdvice | None:
    """What is recommended instead of a step up, also in words."""
    found = question.add_on
    if found is None:
        return None
    meter, limit = question.catalog.meters[found.meter], question.facts.usage[found.meter].limit
    said = {
        "item": _item(found),
        "meter": {"id": meter.id, "unit": meter.unit, "name": _named(meter.name)},
        "limit": None if limit is None else plain(limit),
        "to": plain(found.limit),
        "price": price_text(found.price.facts(), locale),
    }
    return {**found.json(), "text": sentence("add_on.gives.for", said, locale)}


def _item(add_on: AddOnOffer) -> dict[str, Any]:
    return {"name": _named(add_on.name), "quantity": add_on.quantity, "unit": add_on.unit}


def option(case: Case, locale: str) -> OptionOfQuote | None:
    """The offer on the latest quote, as the API shows it."""
    found = quote_line(case)
    if found is None:
        return None
    return {
        "plan": found.following.id,
        "difference": found.difference.amount,
        "currency": found.difference.currency,
        "text": sentence("pre_purchase.quote", found.variables(), locale),
    }


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """The plan one step above the quoted one, and the monthly difference."""

    quoted: Plan
    following: Plan
    difference: MoneyFacts

    def variables(self) -> dict[str, dict[str, str]]:
        """Those of its sentence."""
        amount, currency = self.difference.amount, self.difference.currency
        return {
            "plan": _named(self.quoted.name),
            "diff": {"amount": amount, "currency": currency},
            "next": _named(self.following.name),
        }


def quote_line(case: Case) -> QuoteLine | None:
    """None once signed, and on the highest plan."""
    quote, signed = case.facts.record.quote, case.facts.record.signed
    if (
        quote is None
        or (signed is not None and signed.at >= quote.at)
        or quote.plan not in case.catalog.plans
    ):
        return None
    quoted, following = case.catalog.plans[quote.plan], case.catalog.next_plan(quote.plan)
    if following is None or following.price is None or quoted.price is None:
        return None
    amount = money_text(following.price.monthly - quoted.price.monthly, quoted.currency)
    return QuoteLine(quoted, following, MoneyFacts(amount, quoted.currency))


def _path(question: Question, locale: str) -> UpgradePath | None:
    """How far the next plan is, by the meters the account may outgrow (R-017); None at the top."""
    assert question.plan is not None
    step = packaging.path(question.catalog, question.plan, question.facts.usage)
    if step is None:
        return None
    name = _named(step.plan.name)
    towards = [
        _nearing(question, usage, name, locale)
        for _, usage in step.towards
        if usage is not None and usage.limit is not None
    ]
    return {"plan": step.plan.id, "towards": towards}


def _nearing(question: Question, usage: Usage, plan: dict[str, str], locale: str) -> PathMeter:
    meter = question.catalog.meters[usage.meter]
    amounts = {
        "used": plain(usage.used),
        "limit": plain(usage.limit or Decimal(0)),
        "percent": usage.percent,
    }
    said = {
        "meter": {"id": meter.id, "unit": meter.unit, "name": _named(meter.name)},
        "plan": plan,
        **amounts,
    }
    text = sentence("advice.path", said, locale)
    return {
        "meter": meter.id,
        "used": json_number(usage.used),
        "limit": json_number(usage.limit or Decimal(0)),
        "percent": usage.percent,
        "text": text,
    }


def _options(question: Question, locale: str) -> list[PlanOption]:
    """The choice offered: on the lowest plan three plans with the middle one recommended, later
    only the next step (R-016).
    """
    assert question.plan is not None
    found = packaging.options(question.catalog, question.plan)
    return [
        {
            "plan": one.plan.id,
            "name": one.plan.name.in_(locale),
            "current": one.current,
            "recommended": one.recommended and question.add_on is None,
        }
        for one in found
    ]


def _reason(question: Question, locale: str) -> str:
    """What the step answers, and what only a higher plan does."""
    if question.add_on is not None:
        things = _things(question, question.worth.solves, locale)
        return sentence("advice.add_on", {"item": _item(question.add_on), "things": things}, locale)
    found = question.recommendation
    if found is None:
        return sentence("advice.none" if question.plan is None else "advice.top", {}, locale)
    said = [("advice.solves", found.plan, question.worth.solves)]
    if found.covering is not None:
        said.append(("advice.later", found.covering, found.unsolved))
    texts = [
        _say(key, plan, _things(question, keys, locale), locale) for key, plan, keys in said if keys
    ]
    return ("" if language(locale) == "ja" else " ").join(texts) or sentence(
        "advice.next", {"plan": _named(found.plan.name)}, locale
    )


def _say(key: str, plan: Plan, things: list[str], locale: str) -> str:
    return sentence(key, {"plan": _named(plan.name), "things": things}, locale)


def _things(question: Question, keys: tuple[str, ...], locale: str) -> list[str]:
    return [
        _thing(question, key).in_(locale)
        if key != _SUPPORT
        else sentence("advice.faster_support", {}, locale)
        for key in keys
    ]


def _thing(question: Question, key: str) -> Text:
    catalog = question.catalog
    if key in catalog.features:
        return catalog.features[key].name
    return catalog.meters[key].name if key in catalog.meters else Text(key, key)


def _named(text: Text) -> dict[str, str]:
    return {"en": text.en, "ja": text.ja}
