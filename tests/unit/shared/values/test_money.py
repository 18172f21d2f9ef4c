"""Money: minor units, HALF_UP per line item, and formatting."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.values.money import (
    Style,
    format_money,
    format_monthly_price,
    is_currency,
    minor_digits,
    money_text,
    round_money,
)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [
        ("USD", 2),
        ("EUR", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("KWD", 3),
        ("BHD", 3),
        ("CLF", 4),
        ("HUF", 2),
        ("ISK", 0),
        ("IDR", 2),
    ],
)
def test_minor_units_are_those_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    assert is_currency(currency)


@pytest.mark.parametrize("code", ["usd", "US", "", "ZZZ", "¥", "USDT"])
def test_unknown_currencies(code: str) -> None:
    assert not is_currency(code)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("15000", "USD", "15000.00"),
        ("-24.5", "USD", "-24.50"),
        ("0.005", "USD", "0.01"),
        ("-0.005", "USD", "-0.01"),
        ("0.0049", "USD", "0.00"),
        ("-0.0049", "USD", "0.00"),
        ("-6666.67", "JPY", "-6667"),
        ("0.5", "JPY", "1"),
        ("1.0005", "KWD", "1.001"),
        ("7438.356164", "USD", "7438.36"),
    ],
)
def test_money_is_a_decimal_text_rounded_half_up(amount: str, currency: str, text: str) -> None:
    assert money_text(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "style", "signed", "text"),
    [
        ("3000", "JPY", "ja-JP", "exact", False, "3,000円"),
        ("50000", "JPY", "ja", "exact", False, "50,000円"),
        ("3000", "JPY", "ja", "short", False, "3,000円"),
        ("9999", "JPY", "ja", "short", False, "9,999円"),
        ("10000", "JPY", "ja", "short", False, "1万円"),
        ("20000", "JPY", "ja", "short", True, "+2万円"),
        ("12500", "JPY", "ja", "short", True, "+1.25万円"),
        ("-20000", "JPY", "ja", "short", True, "-2万円"),
        ("0", "JPY", "ja", "short", True, "0円"),
        ("40000", "JPY", "ja", "short", False, "4万円"),
        ("100000", "JPY", "ja", "short", False, "10万円"),
        ("12340", "JPY", "ja", "short", False, "12,340円"),
        ("12345678", "JPY", "ja", "short", False, "12,345,678円"),
        ("15000000", "JPY", "ja", "short", False, "1,500万円"),
        ("150000000", "JPY", "ja", "short", False, "1.5億円"),
        ("3000", "JPY", "en", "short", False, "¥3,000"),
        ("7438.36", "USD", "en", "exact", False, "$7,438.36"),
        ("7438.356", "USD", "ja", "exact", False, "$7,438.36"),
        ("130000", "USD", "ja", "short", False, "$130,000"),
        ("130000.00", "USD", "en-GB", "exact", False, "$130,000"),
        ("15000", "USD", "en", "exact", True, "+$15,000"),
        ("-24.5", "USD", "en", "exact", False, "-$24.50"),
        ("1234.5", "EUR", "en", "exact", False, "€1,234.50"),
        ("1.5", "KWD", "en", "exact", False, "KWD 1.500"),
    ],
)
def test_how_an_amount_reads(
    amount: str, currency: str, locale: str, style: Style, signed: bool, text: str
) -> None:
    assert (
        format_money(Decimal(amount), currency, locale, style, signed).replace("\xa0", " ") == text
    )


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        ("3000", "JPY", "ja-JP", "月額3,000円"),
        ("50000", "JPY", "ja", "月額5万円"),
        ("49", "USD", "en", "$49 a month"),
        ("49", "USD", "ja", "月額$49"),
    ],
)
def test_a_price_a_month(amount: str, currency: str, locale: str, text: str) -> None:
    assert format_monthly_price(Decimal(amount), currency, locale) == text


amounts = st.decimals("-1e12", "1e12", places=6)


@given(amounts, st.sampled_from(["USD", "JPY", "KWD"]))
def test_rounding_is_off_by_half_a_unit_at_most_and_only_once(
    amount: Decimal, currency: str
) -> None:
    rounded = round_money(amount, currency)
    assert abs(rounded - amount) * 2 <= Decimal(1).scaleb(-minor_digits(currency))
    assert round_money(rounded, currency) == rounded
    assert Decimal(money_text(amount, currency)) == rounded


@given(st.integers(0, 10**11), st.booleans())
def test_the_short_form_of_yen_says_the_same_amount(amount: int, signed: bool) -> None:
    text = (
        format_money(Decimal(amount), "JPY", "ja", "short", signed)
        .removeprefix("+")
        .removesuffix("円")
        .replace(",", "")
    )
    number, step = (
        (text[:-1], {"万": 10**4, "億": 10**8}[text[-1]]) if text[-1] in "万億" else (text, 1)
    )
    assert Decimal(number) * step == amount
