"""Quantities: every written form, every refusal, and no digit lost in a JSON round trip."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.values.quantities import bounded, dumps, json_number, parse_limit, parse_quantity, plain

bounded_decimals = st.builds(
    lambda whole, part: Decimal(whole) + Decimal(part).scaleb(-9),
    st.integers(0, 10**18 - 1),
    st.integers(0, 10**9 - 1),
)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (0, "0"),
        (10_000, "10000"),
        (Decimal("0.1"), "0.1"),
        (Decimal("1E+5"), "100000"),
        (10**18 - 1, "999999999999999999"),
        (Decimal("0.000000001"), "0.000000001"),
        (Decimal("1.00000000000000"), "1"),
        ("12", "12"),
        ("0.1", "0.1"),
        ("10K", "10000"),
        ("1.5M", "1500000"),
        ("2G", "2000000000"),
        ("3 B", "3"),
        ("1 KB", "1000"),
        ("1 kB", "1000"),
        ("1 MB", "1000000"),
        ("10 GB", "10000000000"),
        ("10GB", "10000000000"),
        ("1 TB", "1000000000000"),
        ("999 PB", "999000000000000000"),
        ("1 KiB", "1024"),
        ("1 MiB", "1048576"),
        ("10 GiB", "10737418240"),
        ("0.5 TiB", "549755813888"),
        ("1 PiB", "1125899906842624"),
        ("1.123456789012 GB", "1123456789.012"),
    ],
)
def test_reads_exactly(written: object, amount: str) -> None:
    assert parse_quantity(written) == Decimal(amount)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (-1, "negative"),
        (Decimal("-0.1"), "negative"),
        ("-5", "not a quantity"),
        ("+5", "not a quantity"),
        (10**18, "18 digits before"),
        (Decimal("1E+30"), "18 digits before"),
        (Decimal("1E+1000000000"), "18 digits before"),
        ("1000 PB", "18 digits before"),
        ("1024 PiB", "18 digits before"),
        (Decimal("1E-10"), "9 digits after"),
        (Decimal("1E-1000000000"), "9 digits after"),
        (Decimal("0.1234567891"), "9 digits after"),
        ("0.0000000001", "9 digits after"),
        (Decimal("NaN"), "finite"),
        (Decimal("sNaN"), "finite"),
        (Decimal("Infinity"), "finite"),
        ("1e3", "not a quantity"),
        ("0o17", "not a quantity"),
        ("0x1F", "not a quantity"),
        ("017", "not a quantity"),
        ("1_000", "not a quantity"),
        ("1,000", "not a quantity"),
        ("12:30:00", "not a quantity"),
        ("no", "not a quantity"),
        ("", "not a quantity"),
        (" 5", "not a quantity"),
        ("5 ", "not a quantity"),
        ("5\n", "not a quantity"),
        ("10  GB", "not a quantity"),
        ("٣", "not a quantity"),
        ("10 gb", "unknown unit"),
        ("10 seats", "unknown unit"),
        ("9" * 100, "longer than"),
        (0.1, "must be a number"),
        (True, "must be a number"),
        (None, "must be a number"),
        ([1], "must be a number"),
        ("unlimited", "not a quantity"),
    ],
)
def test_refuses_with_a_reason(written: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_quantity(written)


def test_unlimited_is_a_limit_and_null_is_not() -> None:
    assert parse_limit("unlimited") is None
    assert parse_limit("10K") == 10_000
    assert parse_limit(0) == 0
    with pytest.raises(ValueError, match="must be a number"):
        parse_limit(None)


@pytest.mark.parametrize("word", ["Unlimited", "infinite", "none"])
def test_an_unknown_word_as_limit_gets_a_hint(word: str) -> None:
    with pytest.raises(ValueError, match=r"is not a limit: write .*, or unlimited$"):
        parse_limit(word)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1E+3", "1000"),
        ("10.50", "10.5"),
        ("1E-9", "0.000000001"),
        ("0E-9", "0"),
        ("-0", "0"),
        ("-24.5", "-24.5"),
        ("999999999999999999.000000001", "999999999999999999.000000001"),
    ],
)
def test_writes_json_numbers_without_exponent(value: str, written: str) -> None:
    assert plain(Decimal(value)) == written
    assert dumps({"used": [Decimal(value)]}) == f'{{"used":[{written}]}}'.encode()


def test_a_whole_number_is_an_int() -> None:
    assert isinstance(json_number(Decimal("9000000000.0")), int)
    assert json_number(Decimal("0.10")) == Decimal("0.1")


@given(bounded_decimals)
def test_json_and_back_is_the_same_number(value: Decimal) -> None:
    assert json.loads(dumps(value), parse_float=Decimal) == value
    assert parse_quantity(plain(value)) == value


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_bounded_is_what_a_column_of_27_digits_and_9_decimals_keeps(value: Decimal) -> None:
    try:
        kept = bounded(value)
    except ValueError:
        return
    assert kept == value
    assert kept == kept.quantize(Decimal("1E-9"))
    assert abs(kept) < 10**18
