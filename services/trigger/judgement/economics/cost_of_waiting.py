"""The cost of waiting for the renewal: 26 weeks per six months, inputs as in `value` (R-152)."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from typing_extensions import TypedDict

from services.trigger.judgement.case import Case
from services.trigger.judgement.economics.value import PERIODS, saved_hours
from services.trigger.judgement.facts.record import Stated
from services.trigger.judgement.findings.timing import renewal_date
from shared.answers import Amount, MoneyText
from shared.values.money import money_text, round_money
from shared.values.periods import add_months, local_date, months_between
from shared.values.quantities import EXACT, json_number
from shared.wording import sentence

_TENTH = Decimal("0.1")


class WaitCostShown(TypedDict):
    """What waiting until the next renewal costs, based on the stated hours."""

    months: int
    hours_per_person: Amount
    hours: Amount
    amount: MoneyText
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class WaitCost:
    """`hours` and `amount` are for all members; the sentence uses `hours_per_person`, as stated."""

    months: int
    weekly: Decimal
    hours_per_person: Decimal
    hours: Decimal
    amount: Decimal
    currency: str

    def json(self, locale: str) -> WaitCostShown:
        return {
            "months": self.months,
            "hours_per_person": json_number(_shown(self.hours_per_person)),
            "hours": json_number(_shown(self.hours)),
            "amount": money_text(self.amount, self.currency),
            "currency": self.currency,
            "text": sentence("objection.wait", self.variables(), locale),
        }

    def variables(self) -> dict[str, int | str]:
        return {
            "months": self.months,
            "hours": str(_shown(self.weekly)),
            "total": str(_shown(self.hours_per_person)),
        }


def wait_cost(stated: Stated, months: int) -> WaitCost:
    """Half a year is 26 weeks: 10 hours a week for six months are 260 hours.

    Each figure is a single division of exact values.
    """
    dozen = EXACT.multiply(saved_hours(stated), Decimal(months * PERIODS[stated.hours_period]))
    people = (stated.members or 1) if stated.hours_basis == "per_person" else 1
    hours, each = EXACT.divide(dozen, Decimal(12)), EXACT.divide(dozen, Decimal(12 * people))
    weekly = EXACT.divide(dozen, Decimal(people * months * PERIODS["week"]))
    amount = round_money(Fraction(dozen) * Fraction(stated.hourly_rate) / 12, stated.currency)
    return WaitCost(months, weekly, each, hours, amount, stated.currency)


def waiting(case: Case) -> WaitCost | None:
    """Until the next renewal; None without a statement or less than half a month before it."""
    stated, months = case.facts.record.stated, months_left(case)
    return None if stated is None or months is None else wait_cost(stated, months)


def months_left(case: Case) -> int | None:
    """None: nothing to renew, or less than half a month before it."""
    subscription, account = case.facts.subscription, case.facts.account
    if subscription is None:
        return None
    months = months_until(
        local_date(case.at, account.time_zone), renewal_date(subscription, account, case.at)
    )
    return months if months > 0 else None


def months_until(today: date, day: date) -> int:
    """Rounded to whole months, half a month rounding up."""
    months = months_between(today, day)
    lower, upper = add_months(today, months), add_months(today, months + 1)
    return months + ((day - lower) * 2 >= upper - lower)


def _shown(hours: Decimal) -> Decimal:
    """One decimal, rounded down: 43.3."""
    return hours.quantize(_TENTH, ROUND_DOWN, EXACT)
