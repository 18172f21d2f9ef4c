"""Quotients are rounded once, half away from zero."""

from decimal import Decimal
from fractions import Fraction

import pytest

from services.trigger.process.figures.exact import median, percent, rounded


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(1, 3, "33.3"), (2, 3, "66.7"), (1, 2000, "0.1"), (-1, 2000, "-0.1"), (1, 2001, "0.0")],
)
def test_halves_are_rounded_away_from_zero(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == Decimal(shown)


def test_a_quotient_is_rounded_once() -> None:
    # In 28 digits this is 50.05 exactly, and would become 50.1.
    assert rounded(Fraction(5005, 100) - Fraction(1, 10**40)) == Decimal("50.0")
    assert percent(1, 0) is None


def test_the_median_of_an_even_number() -> None:
    assert median([4, 1, 3, 2]) == Fraction(5, 2)
    assert median([]) is None
