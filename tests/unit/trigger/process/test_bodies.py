"""The ends of what a body may hold."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.trigger.process.bodies import Amount, Count, Percent, Text, Title, read_percent


def refused(type_: Any, value: Any) -> bool:
    try:
        TypeAdapter(type_).validate_python(value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("raw", ["0", "100", "12.5", Decimal("33.33"), 0, "99.99"])
def test_a_percentage(raw: Any) -> None:
    assert 0 <= read_percent(raw) <= 100


@pytest.mark.parametrize("raw", ["100.01", "-1", "12.345", "many", None, "1e3", True])
def test_no_percentage(raw: Any) -> None:
    with pytest.raises(ValueError, match="percentage"):
        read_percent(raw)
    assert refused(Percent, raw)


def test_texts_have_ends() -> None:
    assert not refused(Text, "x" * 10_000)
    assert refused(Text, "x" * 10_001)
    assert refused(Text, "  ")
    assert refused(Text, "a\x00b")
    assert not refused(Text, "two\nlines")
    assert not refused(Title, "x" * 200)
    assert refused(Title, "x" * 201)
    assert refused(Title, "two\nlines")


def test_numbers_have_ends() -> None:
    assert (refused(Count, 0), refused(Count, 10**9), refused(Count, 10**9 + 1)) == (
        True,
        False,
        True,
    )
    assert TypeAdapter(Amount).validate_python("75000.00") == Decimal(75_000)
    assert refused(Amount, "-1")
