"""What else is sold beside a plan that the customer has decided on (R-220, R-221)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from typing_extensions import TypedDict

from services.trigger.judgement.case import Case
from shared.answers import MoneyText
from shared.catalog import AddOn, Plan
from shared.values.bounds import AHEAD
from shared.values.money import money_text
from shared.wording import sentence

DAYS = timedelta(days=30)
MOST = 3


class SuggestionShown(TypedDict):
    """An add-on for a person to mention; it is never offered by itself."""

    item: str
    name: str
    year: MoneyText
    month: MoneyText
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The plan that was decided on, and when."""

    plan: Plan
    at: datetime


@dataclass(frozen=True, slots=True)
class Suggestion:
    add_on: AddOn
    plan: Plan

    def json(self, locale: str) -> SuggestionShown:
        price, currency = self.add_on.price, self.plan.currency
        said = {
            "plan": {"en": self.plan.name.en, "ja": self.plan.name.ja},
            "item": {"en": self.add_on.name.en, "ja": self.add_on.name.ja},
        }
        return {
            "item": self.add_on.id,
            "name": self.add_on.name.in_(locale),
            "year": money_text(price.yearly, currency),
            "month": money_text(price.monthly, currency),
            "currency": currency,
            "text": sentence("cross_sell.beside", said, locale),
        }


def suggestions(case: Case) -> tuple[Suggestion, ...]:
    """In the catalogue's order."""
    found = decided(case)
    return () if found is None else beside(case, found.plan)


def beside(case: Case, plan: Plan) -> tuple[Suggestion, ...]:
    """Add-ons sold with a plan that bring no limit, and are not held."""
    held = case.facts.subscription.add_ons if case.facts.subscription else {}
    sold = (
        one
        for one in case.catalog.add_ons.values()
        if plan.id in one.plans and not _brings(one) and not held.get(one.id)
    )
    return tuple(Suggestion(one, plan) for one in sold)[:MOST]


def _brings(add_on: AddOn) -> bool:
    return any(amount > Decimal(0) for amount in add_on.limits.values())


def decided(case: Case) -> Decided | None:
    """The newest decision of the last 30 days that the account has not gone back on."""
    return max((*_moved(case), *_accepted(case)), key=lambda one: one.at, default=None)


def _moved(case: Case) -> tuple[Decided, ...]:
    plan = case.plan
    return tuple(
        Decided(plan, move.at)
        for move in case.facts.moves
        if plan is not None
        and move.kind == "upgrade"
        and move.to_plan == plan.id
        and _recent(move.at, case.at)
    )


def _accepted(case: Case) -> tuple[Decided, ...]:
    """An answer is to the newest offer before it."""
    found = []
    for answer in case.facts.record.answers:
        if answer.answer == "accepted" and _recent(answer.at, case.at):
            made = (*case.facts.sent, *case.facts.spoken)
            before = [sent for sent in made if sent.at <= answer.at + AHEAD]
            newest = max(before, key=lambda one: one.at, default=None)
            plan = None if newest is None else case.catalog.plans.get(newest.plan)
            if plan is not None and (case.plan is None or plan.rank >= case.plan.rank):
                found.append(Decided(plan, answer.at))
    return tuple(found)


def _recent(at: datetime, now: datetime) -> bool:
    return now - DAYS < at <= now + AHEAD
