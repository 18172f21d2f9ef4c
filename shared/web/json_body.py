"""Strict JSON input: exact numbers, no duplicate keys, nothing that PostgreSQL or another parser
would read differently.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from shared.values.faults import Fault
from shared.values.json_tree import Trail, pointer, walk
from shared.values.quantities import bounded
from shared.web.problems import Problem, invalid

_NUMBER_CHARACTERS = 64
_DEPTH = 64
_MOST_FAULTS = 100
_MOST_KEYS = 10_000
"""The most keys in one object: every unknown key is a fault, and a megabyte can hold a hundred
thousand.
"""


class _Refused:
    """Replaces an invalid value in the tree until its path is known."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class _Duplicate(ValueError):
    pass


def parse_json(raw: bytes) -> Any:
    """The value, numbers as int or Decimal. Problem 400 if it is not JSON, 422 with the path of a
    value that is not accepted.
    """
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except _Duplicate:
        raise Problem(400, "The body names a key twice in one object.") from None
    except UnicodeDecodeError:
        raise Problem(400, "The body is not UTF-8.") from None
    except RecursionError:
        raise Problem(400, "The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise Problem(
            400, f"The body is not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        ) from None
    if faults := _faults(value):
        raise invalid(*faults)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Duplicate
    return found


def _decimal(raw: str) -> Any:
    if len(raw) > _NUMBER_CHARACTERS:
        return _Refused("is a number of more than 64 characters")
    try:
        value = Decimal(raw)
    except InvalidOperation:
        return _Refused("is a number out of every range")
    # 9.0 is 9: clients in languages with a single number type write it this way.
    return int(value) if _beyond(value) is None and value == value.to_integral_value() else value


def _integer(raw: str) -> Any:
    return (
        int(raw)
        if len(raw) <= _NUMBER_CHARACTERS
        else _Refused("is a number of more than 64 characters")
    )


def _constant(raw: str) -> Any:
    return _Refused(f"{raw} is not a JSON number")


def _faults(root: Any) -> list[Fault]:
    faults: list[Fault] = []
    for value, trail, depth in walk(root):
        if depth > _DEPTH:
            raise Problem(400, "The body is nested too deeply.")
        if reason := _reason(value, trail):
            faults.append(Fault(pointer(trail), reason))
            if len(faults) == _MOST_FAULTS:
                break
    return faults


def _reason(value: Any, trail: Trail) -> str | None:
    match value:
        case _Refused():
            return value.reason
        case str():
            return unstorable(value)
        case int() | Decimal():
            return _beyond(value)
        case dict() if len(value) > _MOST_KEYS:
            return f"has more than {_MOST_KEYS} keys"
        case dict():
            return next(
                (f"has a key that {reason}" for key in value if (reason := unstorable(key))), None
            )
    return None


def _beyond(value: int | Decimal) -> str | None:
    """Why it is larger or finer than any amount can be, or None. No number in any body needs to
    be.
    """
    try:
        bounded(Decimal(value))
    except ValueError as error:
        return str(error)
    return None


def unstorable(text: str) -> str | None:
    """Why PostgreSQL would not accept it, or None."""
    if "\0" in text:
        return "holds the character NUL"
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        return "holds half of a surrogate pair"
    return None
