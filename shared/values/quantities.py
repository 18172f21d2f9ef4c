"""Quantities read and written without loss: `10 GB` in, exact Decimals inside, JSON numbers out.
Never a float in between.
"""

import re
from decimal import Context, Decimal

import msgspec

EXACT = Context(prec=80)
"""Enough digits for any sum and product of quantities (27 digits each) without rounding; Python's
default is 28.
"""

INTEGER_DIGITS = 18
DECIMALS = 9
TOTAL_DIGITS = 29
"""Integer digits in a totals column, numeric(38, 9)."""

UNLIMITED = "unlimited"
_DECIMAL_STEPS = {letter: 1000**power for power, letter in enumerate("KMGTP", start=1)}
_BINARY_STEPS = {f"{letter}i": 1024**power for power, letter in enumerate("KMGTP", start=1)}
UNITS = {
    **{letter: step for letter, step in _DECIMAL_STEPS.items() if letter != "P"},
    "B": 1,
    **{f"{letter}B": step for letter, step in (_DECIMAL_STEPS | _BINARY_STEPS).items()},
    "k": 1000,
    "kB": 1000,
}
"""Allowed unit suffixes: K (thousand) to T, B, SI bytes KB to PB (powers of 1000), IEC bytes KiB to
PiB (powers of 1024).
"""

_QUANTITY = re.compile(r"(?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?)(?: ?(?P<unit>[A-Za-z]+))?")
_LONGEST = 40


def bounded(value: Decimal, integer_digits: int = INTEGER_DIGITS) -> Decimal:
    """The value itself, if it has at most 18 integer digits and 9 decimals (the limit for input).
    ValueError otherwise.

    `integer_digits`: `TOTAL_DIGITS` for sums computed here, which a column still holds without
    rounding. Looks at the exponent before it formats or computes anything: `1E+1000000000` must not
    build a gigabyte of zeros.
    """
    if not value.is_finite():
        raise ValueError("must be a finite number")
    if not value:
        return Decimal(0)
    if value.adjusted() >= integer_digits:
        raise ValueError(f"must have at most {integer_digits} digits before the decimal point")
    if value.adjusted() < -DECIMALS or _decimals(value) > DECIMALS:
        raise ValueError(f"must have at most {DECIMALS} digits after the decimal point")
    return value


def _decimals(value: Decimal) -> int:
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(0, -(exponent + zeros))


def parse_quantity(raw: object) -> Decimal:
    """An amount of a meter: an int, a Decimal, or text such as `10 GB`, `10 GiB`, `1.5M`.
    ValueError says what is wrong with any other value.

    A float is refused: it has already lost the written digits.
    """
    match raw:
        case bool() | float():
            raise ValueError("must be a number or a text such as 10 GB")
        case int():
            amount = _whole(raw)
        case Decimal():
            amount = raw
        case str():
            amount = _read(raw)
        case _:
            raise ValueError("must be a number or a text such as 10 GB")
    if amount.is_signed() and amount:
        raise ValueError("must not be negative")
    return bounded(amount)


def parse_limit(raw: object) -> Decimal | None:
    """A quantity, or None for the word `unlimited`. ValueError for anything else, null included."""
    if raw == UNLIMITED:
        return None
    if isinstance(raw, str) and raw.isalpha():
        raise ValueError(
            f"is not a limit: write a quantity such as 500, 10K or 10 GB, or {UNLIMITED}"
        )
    return parse_quantity(raw)


def _whole(raw: int) -> Decimal:
    if abs(raw) >= 10**INTEGER_DIGITS:
        raise ValueError(f"must have at most {INTEGER_DIGITS} digits before the decimal point")
    return Decimal(raw)


def _read(raw: str) -> Decimal:
    if len(raw) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST} characters")
    match = _QUANTITY.fullmatch(raw)
    if match is None:
        raise ValueError(
            "is not a quantity: "
            "write an integer, a decimal, or one with a unit such as 10 GB, 10 GiB, 10K, 1.5M"
        )
    unit = match["unit"]
    if unit and unit not in UNITS:
        raise ValueError(f"has an unknown unit: one of {', '.join(UNITS)}")
    return EXACT.multiply(Decimal(match["number"]), Decimal(UNITS[unit] if unit else 1))


def at_least_zero(amount: Decimal) -> Decimal:
    return max(Decimal(0), amount)


def json_number(value: Decimal) -> int | Decimal:
    """The shortest equal number: an int if it is whole, else the Decimal without trailing zeros.
    `value` is bounded.
    """
    return int(value) if value == value.to_integral_value() else value.normalize(EXACT)


def plain(value: Decimal) -> str:
    """The number in JSON, without exponent or trailing zeros: `10000`, `0.000000001`."""
    return (
        format(json_number(value), "f") if value != value.to_integral_value() else str(int(value))
    )


def dumps(value: object) -> bytes:
    """JSON of dicts, lists, strings, datetimes and numbers, in which a Decimal becomes a JSON
    number, digit by digit.
    """
    return msgspec.json.encode(_encodable(value))


def _encodable(value: object) -> object:
    match value:
        case Decimal():
            return msgspec.Raw(plain(value).encode())
        case dict():
            return {key: _encodable(item) for key, item in value.items()}
        case list() | tuple():
            return [_encodable(item) for item in value]
        case _:
            return value
