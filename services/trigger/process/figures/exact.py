"""Quotients of counts and sums, exact until they are rounded once, HALF_UP, for display."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from shared.values.quantities import EXACT

Number = int | Decimal | Fraction

LOW_N = 10
"""A percentage of fewer than this is marked: it says little."""


def rounded(value: Number, digits: int = 1) -> Decimal:
    """HALF_UP: halves away from zero."""
    exact = Fraction(value)
    scaled = abs(exact) * 10**digits
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return EXACT.scaleb(EXACT.create_decimal(units if exact >= 0 else -units), Decimal(-digits))


def ratio(part: Number, whole: Number) -> Fraction | None:
    """None if there is nothing to divide by."""
    return Fraction(part) / Fraction(whole) if whole else None


def share(part: Number, whole: Number, digits: int = 1) -> Decimal | None:
    """`part` divided by `whole`, rounded."""
    found = ratio(part, whole)
    return None if found is None else rounded(found, digits)


def percent(part: Number, whole: Number) -> Decimal | None:
    """To one decimal."""
    return share(100 * Fraction(part), whole)


def mean(values: Sequence[Number]) -> Fraction | None:
    return ratio(total(values), len(values))


def total(values: Iterable[Number]) -> Fraction:
    return sum((Fraction(value) for value in values), Fraction(0))


def median(values: Iterable[Number]) -> Fraction | None:
    """Of an even number, the mean of the middle two."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[middle])
    return (Fraction(ordered[middle - 1]) + Fraction(ordered[middle])) / 2


def is_low(denominator: int) -> bool:
    return denominator < LOW_N


def or_none(value: Fraction | None, digits: int = 1) -> Decimal | None:
    return None if value is None else rounded(value, digits)
