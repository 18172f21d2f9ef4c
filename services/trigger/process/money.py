"""Amounts and percents as entries hold them: exact decimal texts."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from shared.values.money import money_text, round_money
from shared.values.quantities import EXACT

HUNDRED = Decimal(100)


def read(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def said(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else money_text(amount, currency)


def part(amount: Decimal, pct: Decimal, currency: str) -> Decimal:
    """That many percent of it, rounded to the currency's unit."""
    return round_money(Fraction(amount) * Fraction(pct) / 100, currency)


def monthly(year: Decimal | None, currency: str) -> Decimal | None:
    return None if year is None else round_money(Fraction(year) / 12, currency)


def percent_text(pct: Decimal) -> str:
    """`10`, `12.5`: no zeros at its end."""
    text = format(pct.quantize(Decimal("0.01"), ROUND_HALF_UP, EXACT), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
