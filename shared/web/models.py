"""Types of request bodies and parameters. Strict: a number is a number, a text a text, an unknown name a fault."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from shared.quantities import parse_quantity
from shared.web.json_body import unstorable

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Body(BaseModel):
    """A request body, or a part of one."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=False)


def parse_moment(raw: Any) -> datetime:
    """An RFC 3339 moment with its zone, in UTC, cut to microseconds. ValueError says what is wrong."""
    if isinstance(raw, datetime):
        return raw
    if not isinstance(raw, str) or not _MOMENT.fullmatch(raw):
        raise ValueError("must be a moment such as 2026-11-22T05:00:00Z, with its zone")
    cut = re.sub(r"(\.\d{6})\d+", r"\1", raw)
    try:
        return datetime.fromisoformat(cut).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not a moment that exists") from None


def parse_day(raw: Any) -> date:
    """A date of the calendar, `2026-11-22`."""
    if isinstance(raw, date):
        return raw
    if not isinstance(raw, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", raw, re.ASCII):
        raise ValueError("must be a date such as 2026-11-22")
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ValueError("is not a date that exists") from None


def check_text(value: str) -> str:
    if reason := unstorable(value):
        raise ValueError(reason)
    return value


def check_identifier(value: str) -> str:
    """1..256 printable characters (contract.md)."""
    if not 1 <= len(value) <= 256:
        raise ValueError("must have 1 to 256 characters")
    if not value.isprintable() or value.isspace():
        raise ValueError("must consist of printable characters")
    return value


def check_path_identifier(value: str) -> str:
    if "/" in value:
        raise ValueError("must not hold a /")
    return check_identifier(value)


def _quantity(raw: Any) -> Decimal:
    try:
        return parse_quantity(raw)
    except ValueError as error:
        # The catalogue's lint shows what was written; an answer to a request does not repeat its input.
        raise ValueError(str(error).replace(repr(raw), "the value")) from None


Moment = Annotated[datetime, BeforeValidator(parse_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[date, BeforeValidator(parse_day), WithJsonSchema({"type": "string", "format": "date"})]
Identifier = Annotated[str, AfterValidator(check_identifier), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 256})]
PathIdentifier = Annotated[str, Path(json_schema_extra={"minLength": 1, "maxLength": 256}), AfterValidator(check_path_identifier)]
Quantity = Annotated[
    Decimal,
    BeforeValidator(_quantity),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "examples": ["10 GB"]}]}),
]
