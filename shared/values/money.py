"""Money: exact Decimals, ISO 4217 minor units, HALF_UP per line item, and formatting in Japanese
and English.
"""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from typing import Literal

from babel.numbers import get_currency_symbol, list_currencies

from shared.values.quantities import EXACT, bounded, plain

Style = Literal["exact", "short"]

_NO_BREAK = "\u00a0"
_MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


_AMOUNT = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_LONGEST_AMOUNT = 40
_NO_AMOUNT = 'must be an amount of money such as "49.00", not negative'


def read_money(raw: object) -> Decimal:
    """A decimal text such as "49.00", or a JSON number, within the bounds of `bounded`. ValueError
    says what is wrong.
    """
    is_number = isinstance(raw, int | Decimal) and not isinstance(raw, bool)
    if not is_number and not (
        isinstance(raw, str) and len(raw) <= _LONGEST_AMOUNT and _AMOUNT.fullmatch(raw)
    ):
        raise ValueError(_NO_AMOUNT)
    amount = bounded(Decimal(raw))  # type: ignore[arg-type] # one of int, Decimal, str
    if amount < 0:
        raise ValueError(_NO_AMOUNT)
    return amount


def is_currency(code: str) -> bool:
    """Whether it is an ISO 4217 code in capitals."""
    return code in _currencies()


def minor_digits(currency: str) -> int:
    """The currency's number of decimals (ISO 4217, not CLDR, which drops those unused in cash): JPY
    0, USD 2, KWD 3.
    """
    return _MINOR_DIGITS.get(currency, 2)


def round_money(amount: Decimal | Fraction, currency: str) -> Decimal:
    """Rounds to the currency's smallest unit, HALF_UP (halves away from zero): once per line item,
    never on a sum of unrounded ones.

    A share such as a twelfth is passed as a Fraction: as a Decimal it would be rounded twice.
    """
    if isinstance(amount, Fraction):
        return _round_fraction(amount, minor_digits(currency))
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_UP, EXACT)


def _round_fraction(amount: Fraction, digits: int) -> Decimal:
    scaled = abs(amount) * 10**digits
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return EXACT.scaleb(EXACT.create_decimal(units if amount >= 0 else -units), Decimal(-digits))


def money_text(amount: Decimal | Fraction, currency: str) -> str:
    """As the API writes it: "15000.00" dollars, "-6667" yen."""
    rounded = round_money(amount, currency)
    return format(rounded or abs(rounded), "f")


def format_money(
    amount: Decimal, currency: str, locale: str, style: Style = "exact", signed: bool = False
) -> str:
    """An amount for display: `3,000円` and `$7,438.36`; whole amounts without decimals
    (`$130,000`).

    `short` writes yen in Japanese as 万円 and 億円 if two decimals of those suffice (`10万円`,
    `1.25万円`), else like `exact`. `signed` puts a plus before positive amounts (`+2万円`).
    """
    rounded = round_money(amount, currency)
    sign = "-" if rounded < 0 else "+" if signed and rounded > 0 else ""
    return sign + _unsigned(abs(rounded), currency, locale, style)


def _unsigned(amount: Decimal, currency: str, locale: str, style: Style) -> str:
    japanese = locale[:2].lower() == "ja"
    if currency == "JPY" and japanese:
        return (_in_myriads(amount) if style == "short" else None) or f"{amount:,}円"
    symbol = get_currency_symbol(currency, "en_US")
    decimals = 0 if amount == amount.to_integral_value() else minor_digits(currency)
    return f"{symbol}{_NO_BREAK if symbol[-1].isalpha() else ''}{amount:,.{decimals}f}"


def _in_myriads(amount: Decimal) -> str | None:
    for step, name in ((Decimal(10**8), "億円"), (Decimal(10**4), "万円")):
        if amount >= step:
            parts = EXACT.divide(amount, step)
            if parts == parts.quantize(Decimal("0.01"), ROUND_DOWN, EXACT):
                return f"{Decimal(plain(parts)):,}{name}"
    return None


def format_monthly_price(amount: Decimal, currency: str, locale: str) -> str:
    """`月額3,000円`, `月額5万円`, `$49 a month`."""
    text = format_money(amount, currency, locale, "short")
    return f"月額{text}" if locale[:2].lower() == "ja" else f"{text} a month"
