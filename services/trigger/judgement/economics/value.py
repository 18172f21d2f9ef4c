"""What the step up is worth, in the customer's own numbers (R-111..R-117).

For one unit of the subscription's `quantity`. Every line is rounded as printed, and the next one is
computed from the printed value, so that anyone who recomputes the lines gets the same figures
(R-116). 52 weeks = 12 months = 1 year.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from services.trigger.judgement.case import Case
from services.trigger.judgement.economics.prices import added_cost, yearly_price
from services.trigger.judgement.facts.record import Stated
from services.trigger.judgement.shapes import MoneyByPeriod, ValueCaseShown
from shared.values.money import money_text, round_money
from shared.values.quantities import EXACT
from shared.wording import sentence

PERIODS = {"week": 52, "month": 12}
DAYS = 7 * PERIODS["week"]
INPUTS = ("members", "hours", "hourly_rate")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ValueCase:
    """Amounts in one currency, rounded to its unit.

    `base`: the benefit per `stated.hours_period`; `cost_year`: what the step adds.
    """

    stated: Stated
    currency: str
    base: Decimal
    year: Decimal
    current_year: Decimal
    next_year: Decimal

    @property
    def saved(self) -> Decimal:
        """Hours that the team saves per stated period."""
        return saved_hours(self.stated)

    @property
    def week(self) -> Decimal:
        return self.base if self.stated.hours_period == "week" else self._share(self.year, 52)

    @property
    def month(self) -> Decimal:
        return self.base if self.stated.hours_period == "month" else self._share(self.year, 12)

    @property
    def cost_year(self) -> Decimal:
        return EXACT.subtract(self.next_year, self.current_year)

    @property
    def cost_month(self) -> Decimal:
        return self._share(self.cost_year, 12)

    @property
    def net_year(self) -> Decimal:
        return EXACT.subtract(self.year, self.cost_year)

    @property
    def net_month(self) -> Decimal:
        return EXACT.subtract(self.month, self.cost_month)

    @property
    def multiple(self) -> Decimal | None:
        """The benefit divided by the added cost, exactly; None if the step costs no more."""
        return EXACT.divide(self.year, self.cost_year) if self.cost_year > 0 else None

    @property
    def headline(self) -> int | None:
        """Rounded down: a headline never overstates."""
        return None if self.multiple is None else int(self.multiple.to_integral_value(ROUND_FLOOR))

    @property
    def net_roi_pct(self) -> Decimal | None:
        """Net benefit divided by cost: one less than the multiple; not to be confused with it."""
        return (
            EXACT.divide(EXACT.multiply(self.net_year, Decimal(100)), self.cost_year)
            if self.cost_year > 0
            else None
        )

    @property
    def payback_days(self) -> int | None:
        """Days of a 52-week year until the benefit has paid a year's added cost; a started day
        counts. None: never.
        """
        if self.year <= 0:
            return None if self.cost_year > 0 else 0
        owed = EXACT.multiply(max(self.cost_year, Decimal(0)), Decimal(DAYS))
        return int(EXACT.divide(owed, self.year).to_integral_value(ROUND_CEILING))

    @property
    def assumed(self) -> tuple[str, ...]:
        """Names of the inputs that nobody stated or measured (R-114)."""
        if self.stated.assumed:
            return self.stated.assumed
        return INPUTS if self.stated.source == "assumed" else ()

    def clear(self, multiple: Decimal) -> bool:
        """R-117: whether value clearly exceeds cost; if not, no amount is shown."""
        return self.multiple is None or self.multiple >= multiple

    def json(self, locale: str) -> ValueCaseShown:
        """As the API shows it, with `lines` in the reader's language."""
        return {
            "currency": self.currency,
            "benefit": {
                "week": money_text(self.week, self.currency),
                **self._money(self.month, self.year),
            },
            "cost": self._money(self.cost_month, self.cost_year),
            "net": self._money(self.net_month, self.net_year),
            "multiple": _two_decimals(self.multiple),
            "headline": self.headline,
            "net_roi_pct": _two_decimals(self.net_roi_pct),
            "payback_days": self.payback_days,
            "assumed": list(self.assumed),
            "lines": list(self.lines(locale)),
        }

    def lines(self, locale: str) -> tuple[str, ...]:
        """Five steps: hours, benefit per period, benefit per year, added cost, multiple (R-116)."""
        return tuple(sentence(key, variables, locale) for key, variables in self.steps())

    def steps(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """The same five as sentence keys with their figures, for programs and messages."""
        base, year = self._amount(self.base), self._amount(self.year)
        rate, periods = self._amount(self.stated.hourly_rate), PERIODS[self.stated.hours_period]
        return (
            self._hours(),
            (
                f"value.step.{self.stated.hours_period}",
                {"saved": str(self.saved), "rate": rate, "amount": base},
            ),
            ("value.step.year", {"amount": base, "periods": periods, "year": year}),
            ("value.step.cost", self._cost()),
            self._multiple(),
        )

    def _hours(self) -> tuple[str, dict[str, Any]]:
        stated = self.stated
        automation = EXACT.multiply(_automation(stated), Decimal(100))
        said = {
            "hours": str(stated.hours),
            "period": stated.hours_period,
            "basis": stated.hours_basis,
            "automation": str(automation),
        }
        return (
            ("value.step.hours_total", said)
            if stated.members is None
            else ("value.step.hours", {**said, "members": stated.members})
        )

    def _cost(self) -> dict[str, Any]:
        amounts = {"next": self.next_year, "current": self.current_year, "cost": self.cost_year}
        return {name: self._amount(amount) for name, amount in amounts.items()}

    def _multiple(self) -> tuple[str, dict[str, Any]]:
        said = {"year": self._amount(self.year), "net": self._amount(self.net_year)}
        if self.multiple is None:
            return "value.step.free", said
        return "value.step.multiple", {
            **said,
            "cost": self._amount(self.cost_year),
            "multiple": _two_decimals(self.multiple),
        }

    def _share(self, amount: Decimal, parts: int) -> Decimal:
        return round_money(EXACT.divide(amount, Decimal(parts)), self.currency)

    def _amount(self, amount: Decimal) -> dict[str, str]:
        return {"amount": str(amount), "currency": self.currency}

    def _money(self, month: Decimal, year: Decimal) -> MoneyByPeriod:
        return {"month": money_text(month, self.currency), "year": money_text(year, self.currency)}


def value_case(case: Case) -> ValueCase | None:
    """From the newest `value.stated`; None without one or without list prices (R-006)."""
    stated = case.facts.record.stated
    if (
        stated is None
        or case.plan is None
        or case.next_plan is None
        or stated.currency != case.next_plan.currency
    ):
        return None
    own = yearly_price(case.plan, case.facts.subscription)
    added = added_cost(case.plan, case.next_plan, case.facts.subscription)
    return (
        None if own is None or added is None else value_of_step(stated, own, EXACT.add(own, added))
    )


def value_of_step(stated: Stated, current_year: Decimal, next_year: Decimal) -> ValueCase:
    """The value case of a step between two yearly prices in the statement's currency.

    ValueError names a missing input.
    """
    currency = stated.currency
    base = round_money(EXACT.multiply(saved_hours(stated), stated.hourly_rate), currency)
    year = EXACT.multiply(base, Decimal(PERIODS[stated.hours_period]))
    return ValueCase(
        stated,
        currency,
        base,
        year,
        round_money(current_year, currency),
        round_money(next_year, currency),
    )


def saved_hours(stated: Stated) -> Decimal:
    """For the whole team, per stated period. Whose hours were stated is never guessed (R-115)."""
    return EXACT.multiply(_people(stated), EXACT.multiply(stated.hours, _automation(stated)))


def _people(stated: Stated) -> Decimal:
    if stated.hours_basis == "team_total":
        return Decimal(1)
    if stated.members is None:
        raise ValueError("members is required if hours are stated per person")
    return Decimal(stated.members)


def _automation(stated: Stated) -> Decimal:
    return Decimal(1) if stated.automation_rate is None else stated.automation_rate


def _two_decimals(value: Decimal | None) -> str | None:
    return None if value is None else str(value.quantize(_CENT, ROUND_HALF_UP, EXACT))
