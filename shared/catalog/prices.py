"""Currencies and prices in a catalogue."""

from decimal import Decimal

from shared.catalog.place import Place
from shared.catalog.types import Price
from shared.money import is_currency, minor_digits


def read_currency(place: Place) -> str:
    """An ISO 4217 code in capitals."""
    if isinstance(place.value, str) and is_currency(place.value):
        return place.value
    place.fault("must be the code of a currency in ISO 4217, such as USD or JPY")
    return ""


def read_price(place: Place, currency: str) -> Price:
    """`{month, year}`, one of them at least; a bare number is the price of a month."""
    if not isinstance(place.value, dict):
        return Price(_amount(place, currency), None)
    fields = place.fields(required=(), optional=("month", "year"))
    if not fields and not place.value:
        place.fault("must have a month's price, a year's price, or both")
    return Price(*(_amount(fields[key], currency) if key in fields else None for key in ("month", "year")))


def _amount(place: Place, currency: str) -> Decimal:
    if not isinstance(place.value, int | Decimal) or isinstance(place.value, bool):
        place.fault("must be a number")
        return Decimal(0)
    amount = place.quantity()
    digits = minor_digits(currency) if currency else 9
    if amount != round(amount, digits):
        place.fault(f"must have at most {digits} decimals in {currency}")
    return amount
