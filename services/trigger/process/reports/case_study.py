"""Upgrade rate and price mix of a plan family, before and after (R-212)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.trigger.process.figures.answer import Figures, Question, Row
from services.trigger.process.figures.exact import is_low, or_none, percent, ratio

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Cohort:
    """Accounts of a currency that began a period below their family's top plan.

    `start`, `end`: the ARR of those that were there at both ends of the period.
    """

    currency: str
    accounts: int
    upgraded: int
    start: Decimal
    end: Decimal

    @property
    def rate(self) -> Fraction | None:
        return ratio(self.upgraded, self.accounts)

    @property
    def growth(self) -> Fraction | None:
        return ratio(self.end, self.start)


Periods = Mapping[str, Mapping[str, Cohort]]


def report(periods: Periods, unknown: int, question: Question) -> Figures:
    """`periods`: the cohorts of `before` and `after`, by currency."""
    currencies = sorted({key for one in periods.values() for key in one})
    pairs = {key: _pair(periods, key) for key in currencies}
    rows = [
        _row(name, cohort)
        for pair in pairs.values()
        for name, cohort in zip((BEFORE, AFTER), pair, strict=True)
    ]
    compared = [{"currency": key, **_compared(*pair, question)} for key, pair in pairs.items()]
    whole = compared[0] if len(compared) == 1 else _nothing(currencies)
    return Figures(rows, {**whole, "currencies": compared, "unknown": unknown})


def _pair(periods: Periods, currency: str) -> tuple[Cohort, Cohort]:
    nobody = Cohort(currency, 0, 0, Decimal(0), Decimal(0))
    before, after = (periods.get(name, {}).get(currency, nobody) for name in (BEFORE, AFTER))
    return before, after


def _row(period: str, one: Cohort) -> Row:
    return {
        "period": period,
        "currency": one.currency,
        "accounts": one.accounts,
        "upgraded": one.upgraded,
        "percent": percent(one.upgraded, one.accounts),
        "low_n": is_low(one.accounts),
    }


def _compared(before: Cohort, after: Cohort, question: Question) -> Row:
    points = relative = None
    if before.rate is not None and after.rate is not None:
        points = 100 * (after.rate - before.rate)
        relative = points / before.rate if before.rate else None
    mix = None
    if before.growth and after.growth is not None:
        mix = after.growth / before.growth
    return {
        "points": or_none(points),
        "relative_percent": or_none(relative),
        "price_mix": or_none(mix, 4),
        "tenure_needed": or_none(Fraction(question.ltv_target) / mix if mix else None, 4),
    }


def _nothing(currencies: Sequence[str]) -> Row:
    """Several currencies are compared each by itself."""
    return dict.fromkeys(("currency", "points", "relative_percent", "price_mix", "tenure_needed"))
