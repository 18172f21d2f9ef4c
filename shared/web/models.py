"""Types of request bodies and parameters: those of `shared.values.bodies`, and ids in paths."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BeforeValidator

from shared.values.bodies import (
    Body,
    Day,
    Identifier,
    Moment,
    Quantity,
    check_identifier,
    check_path_identifier,
    parse_day,
    parse_moment,
)

__all__ = [
    "Body",
    "Day",
    "Flag",
    "Identifier",
    "Moment",
    "PathIdentifier",
    "Quantity",
    "check_identifier",
    "check_path_identifier",
    "parse_day",
    "parse_moment",
]

PathIdentifier = Annotated[
    str,
    Path(json_schema_extra={"minLength": 1, "maxLength": 256}),
    AfterValidator(check_path_identifier),
]

Flag = Annotated[bool, BeforeValidator(lambda told: told if told != "" else True)]
"""A query parameter that says yes by being there: `?dry_run` is `?dry_run=true`."""
