"""Types of what bodies hold: moments, days, identifiers and quantities."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

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


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1990-01-01T00:00:00Z", datetime(1990, 1, 1, tzinfo=UTC)),
        ("2199-12-31T23:59:59.999999999Z", datetime(2199, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2026-11-22T05:00:00.1234567Z", datetime(2026, 11, 22, 5, 0, 0, 123_456, UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2017-01-01T08:59:60+09:00", datetime(2016, 12, 31, 23, 59, 59, 999_999, UTC)),
    ],
)
def test_moments(raw: str, expected: datetime) -> None:
    assert TypeAdapter(Moment).validate_python(raw) == expected


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Moment, "1989-12-31T23:59:59Z"),
        (Moment, "2199-12-31T23:59:59-00:01"),
        (Moment, "9999-12-31T23:59:59Z"),
        (Moment, "9999-12-31T23:59:59-23:59"),
        (Moment, "0001-01-01T00:00:00+23:59"),
        (Moment, "2026-11-22T12:00:60Z"),
        (Moment, "2026-11-22T05:00:00." + "9" * 250_000 + "Z"),
        (Day, "1989-12-31"),
        (Day, "2200-01-01"),
        (Day, "9999-12-31"),
    ],
)
def test_moments_outside_of_the_range_or_time(kind: Any, raw: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(raw)


def test_days_at_the_ends_of_the_range() -> None:
    assert TypeAdapter(Day).validate_python("1990-01-01") == date(1990, 1, 1)
    assert TypeAdapter(Day).validate_python("2199-12-31") == date(2199, 12, 31)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("2026-11-22T05:00:00", "with its zone"),
        ("2026-11-22 05:00:00Z", "with its zone"),
        ("2026-11-22T05:00:00z", "with its zone"),
        ("2026-11-22T05:00Z", "with its zone"),
        ("2026-11-22T05:00:00.Z", "with its zone"),
        ("２０２６-11-22T05:00:00Z", "with its zone"),
        ("2026-11-22T05:00:00Z\n", "with its zone"),
        (1_700_000_000, "with its zone"),
        (None, "with its zone"),
        ("2026-02-29T00:00:00Z", "is not a moment that exists"),
        ("2026-11-22T24:00:00Z", "is not a moment that exists"),
        ("2200-01-01T00:00:00Z", "between 1990 and 2199"),
    ],
)
def test_a_refused_moment_says_why(raw: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_moment(raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("20261122", "must be a date such as"),
        ("2026-W47-7", "must be a date such as"),
        ("２０２６-11-22", "must be a date such as"),
        ("2026-11-22T00:00:00Z", "must be a date such as"),
        (20261122, "must be a date such as"),
        ("2026-02-29", "is not a date that exists"),
        ("2026-00-10", "is not a date that exists"),
        ("1989-12-31", "between 1990 and 2199"),
    ],
)
def test_a_refused_day_says_why(raw: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_day(raw)


def test_the_leap_day_of_a_leap_year_is_a_day() -> None:
    assert parse_day("2028-02-29") == date(2028, 2, 29)


@pytest.mark.parametrize("value", ["a", "a" * 256, " a ", "A/b", "é", "株式会社"])
def test_an_identifier_stays_byte_for_byte(value: str) -> None:
    assert check_identifier(value) == value
    assert TypeAdapter(Identifier).validate_python(value) == value


@pytest.mark.parametrize("value", ["", "a" * 257, " ", "\u3000", "a\x00", "a\n", "a\ud800"])
def test_an_identifier_has_1_to_256_characters_that_can_be_stored(value: str) -> None:
    with pytest.raises(ValueError, match="must"):
        check_identifier(value)


def test_an_identifier_in_a_path_has_no_slash() -> None:
    assert check_path_identifier("a%2Fb") == "a%2Fb"
    with pytest.raises(ValueError, match="must not hold a /"):
        check_path_identifier("a/b")


def test_a_body_converts_nothing_and_knows_all_its_names() -> None:
    class Order(Body):
        count: int
        name: str = ""
        size: Quantity = Decimal(0)

    assert Order.model_validate({"count": 2, "size": "10 GB"}).size == 10**10
    wrong: list[dict[str, Any]] = [{"count": "2"}, {"count": 2, "name": 3}, {"count": 2, "nam": ""}]
    for body in wrong:
        with pytest.raises(ValidationError):
            Order.model_validate(body)
