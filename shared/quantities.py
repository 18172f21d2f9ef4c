"""Quantities read and written without loss: `10 GB` in, exact Decimals inside, JSON numbers out. Never a float in between."""

from decimal import Context, Decimal

EXACT = Context(prec=80)
"""Room for every sum and product of quantities (27 digits each) without rounding; Python's own default has 28 digits."""


def json_number(value: Decimal) -> int | Decimal:
    """The shortest number that says the same: an int where it is whole, else the Decimal without trailing zeros."""
    return int(value) if value == value.to_integral_value() else value.normalize()
