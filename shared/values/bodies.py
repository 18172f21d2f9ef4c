"""Types of what people and programs write in bodies. Strict: no conversion between numbers and
strings, and unknown names are faults.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from shared.events.event import read_time
from shared.values.bounds import dated
from shared.values.characters import is_storable
from shared.values.quantities import parse_quantity

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_LONGEST_MOMENT = 100
_DAY_LETTERS = len("2026-11-22")


class Body(BaseModel):
    """A request body, or part of one."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=False
    )


def parse_moment(raw: Any) -> datetime:
    """An RFC 3339 timestamp with a time zone, converted to UTC and cut to microseconds. ValueError
    says what is wrong.
    """
    if isinstance(raw, datetime):
        return raw
    if not isinstance(raw, str) or len(raw) > _LONGEST_MOMENT or not _MOMENT.fullmatch(raw):
        raise ValueError("must be a moment such as 2026-11-22T05:00:00Z, with its zone")
    moment = read_time(raw)
    if isinstance(moment, str):
        raise ValueError("is not a moment that exists")
    return dated(moment)


def parse_day(raw: Any) -> date:
    """A calendar date, `2026-11-22`."""
    if isinstance(raw, date):
        return raw
    if not isinstance(raw, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", raw, re.ASCII):
        raise ValueError("must be a date such as 2026-11-22")
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        raise ValueError("is not a date that exists") from None
    return dated(day)


def parse_when(raw: Any) -> datetime | date:
    """A moment with its zone, or a calendar date."""
    if isinstance(raw, str) and len(raw) == _DAY_LETTERS:
        return parse_day(raw)
    return parse_moment(raw)


def check_identifier(value: str) -> str:
    """1 to 256 characters, compared byte for byte: nothing is trimmed, folded or normalised."""
    if not 1 <= len(value) <= 256:
        raise ValueError("must have 1 to 256 characters")
    if not is_storable(value) or value.isspace():
        raise ValueError("must not hold control characters, nor only spaces")
    return value


def check_path_identifier(value: str) -> str:
    if "/" in value:
        raise ValueError("must not hold a /")
    return check_identifier(value)


Moment = Annotated[
    datetime,
    BeforeValidator(parse_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Day = Annotated[
    date, BeforeValidator(parse_day), WithJsonSchema({"type": "string", "format": "date"})
]
Identifier = Annotated[
    str,
    AfterValidator(check_identifier),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 256}),
]
Quantity = Annotated[
    Decimal,
    BeforeValidator(parse_quantity),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "examples": ["10 GB"]}]}
    ),
]
