"""Currencies and prices in a catalogue."""

import re
from decimal import Decimal

from shared.catalog.place import Place
from shared.catalog.types import Price
from shared.values.money import is_currency, minor_digits

_FREE = ("free", "gratis", "無料")
_MONEY = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?", re.ASCII)


def read_currency(place: Place) -> str:
    """An ISO 4217 code in capitals."""
    if isinstance(place.value, str) and is_currency(place.value):
        return place.value
    place.fault("must be the code of a currency in ISO 4217, such as USD or JPY")
    return ""


def read_price(place: Place, currency: str) -> Price:
    """`{month, year}`, at least one of them; a bare number is the monthly price."""
    if not isinstance(place.value, dict):
        return Price(read_sum(place, currency), None)
    fields = place.fields(required=(), optional=("month", "year"))
    if not fields and not place.value:
        place.fault("must have a month's price, a year's price, or both")
    return Price(
        *(read_sum(fields[key], currency) if key in fields else None for key in ("month", "year"))
    )


def read_sum(place: Place, currency: str) -> Decimal:
    """A number, or decimal text as for money everywhere else in the API."""
    value = place.value
    if isinstance(value, str) and _MONEY.fullmatch(value):
        amount = Decimal(value)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        amount = place.quantity()
    else:
        is_free = isinstance(value, str) and value.strip().lower() in _FREE
        place.fault(
            "must be a number: 0 for a free plan"
            if is_free
            else 'must be a number, or a text such as "49.00"'
        )
        return Decimal(0)
    digits = minor_digits(currency) if currency else 9
    if amount != round(amount, digits):
        place.fault(f"must have at most {digits} decimals in {currency}")
    return amount
