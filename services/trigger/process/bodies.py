"""The types that bodies of entries are written in."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from services.trigger.process.money import percent_text
from shared.values.bodies import Day, Identifier
from shared.values.characters import is_storable
from shared.values.money import read_money
from shared.values.quantities import plain

MOST = 100


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be only spaces")
    if "\x00" in value:
        raise ValueError("must not hold control characters")
    return value


def _title(value: str) -> str:
    if not is_storable(value):
        raise ValueError("must not hold control characters")
    return _text(value)


def read_percent(raw: Any) -> Decimal:
    """0 to 100, with two decimals at most."""
    try:
        found = read_money(raw)
    except ValueError:
        raise ValueError("must be a percentage from 0 to 100, such as 12.5") from None
    if found > 100 or found != found.quantize(Decimal("0.01")):
        raise ValueError("must be a percentage from 0 to 100, with two decimals at most")
    return found


Text = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(_text)]
Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_title)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Percent = Annotated[
    Decimal,
    BeforeValidator(read_percent),
    PlainSerializer(percent_text, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["12.5"]}),
]
Amount = Annotated[
    Decimal,
    BeforeValidator(read_money),
    PlainSerializer(plain, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["75000.00"]}),
]
__all__ = ["MOST", "Amount", "Count", "Day", "Identifier", "Percent", "Text", "Title"]
