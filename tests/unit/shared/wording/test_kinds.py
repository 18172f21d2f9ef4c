"""Kinds of variables, each in both languages and at its ends."""

from decimal import Decimal
from typing import Any

import pytest

from shared.wording.kinds import (
    KINDS,
    NULLABLE,
    bare_plan,
    day_text,
    decimal_or_none,
    hours_text,
    is_number,
    item_text,
    level_of,
    person_text,
    plan_noun,
    role_text,
    text_of,
    unit_of,
    when_text,
)

NAME = {"en": "Storage pack", "ja": "ストレージパック"}
SEATS = {"id": "seats", "unit": "seat", "name": {"en": "users", "ja": "ユーザー"}}
TOKYO = {"time_zone": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("value", "japanese", "english"),
    [
        ("Aozora", "Aozora", "Aozora"),
        (NAME, "ストレージパック", "Storage pack"),
        ({"id": "x", "name": NAME}, "ストレージパック", "Storage pack"),
        ({"id": "x", "name": "Pro"}, "Pro", "Pro"),
    ],
)
def test_a_name_is_read_in_the_reader_s_language(value: Any, japanese: str, english: str) -> None:
    assert (text_of(value, "ja-JP"), text_of(value, "en-GB")) == (japanese, english)


@pytest.mark.parametrize(
    ("name", "noun", "bare"),
    [
        ("Enterprise", "Enterpriseプラン", "Enterprise"),
        ("プレミアム", "プレミアムプラン", "プレミアムプラン"),
        ("大容量プラン", "大容量プラン", "大容量プラン"),
    ],
)
def test_a_plan_is_called_a_plan_once(name: str, noun: str, bare: str) -> None:
    assert (plan_noun(name, "ja"), bare_plan(name, "ja")) == (noun, bare)
    assert plan_noun(name, "en") == name


@pytest.mark.parametrize(
    ("value", "japanese", "english"),
    [
        ("1", "1時間", "1 hour"),
        (Decimal("1.0"), "1時間", "1 hour"),
        ("0", "0時間", "0 hours"),
        (10, "10時間", "10 hours"),
        ("0.5", "0.5時間", "0.5 hours"),
        ("X時間", "X時間", "X時間"),
        ("NaN", "NaN", "NaN"),
    ],
)
def test_hours_that_are_no_number_stay_as_written(value: Any, japanese: str, english: str) -> None:
    assert (hours_text(value, "ja"), hours_text(value, "en")) == (japanese, english)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, True),
        (Decimal("1.5"), True),
        ("-3.25", True),
        ("", False),
        ("ten", False),
        ("NaN", False),
        ("Infinity", False),
        (None, False),
        ({"amount": "1"}, False),
    ],
)
def test_what_is_a_number(value: Any, expected: bool) -> None:
    assert is_number(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(95, 95), ("95", 95), ({"at": "9000.5"}, Decimal("9000.5")), (Decimal(9), Decimal(9))],
)
def test_a_level_is_a_percentage_or_an_amount(value: Any, expected: Any) -> None:
    found = level_of(value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("value", "given", "day"),
    [
        ("2025-12-15", {}, "December 15, 2025"),
        ("2025-12-15T14:59:59+00:00", TOKYO, "December 15, 2025"),
        ("2025-12-15T15:00:00+00:00", TOKYO, "December 16, 2025"),
        ("2025-12-15T15:00:00+00:00", {}, "December 15, 2025"),
        ("2025-12-15T15:00:00+00:00", {"time_zone": None}, "December 15, 2025"),
    ],
)
def test_a_day_is_the_reader_s(value: str, given: dict[str, Any], day: str) -> None:
    assert day_text(value, given, "en") == day
    assert when_text(value, given, "en").startswith(day)


@pytest.mark.parametrize(
    ("value", "japanese", "english"),
    [
        ("sales", "営業担当者", "sales reps"),
        ("Engineering", "エンジニア", "engineers"),
        ("pilots", "pilots", "pilots"),
        (NAME, "ストレージパック", "Storage pack"),
    ],
)
def test_a_known_team_has_its_words(value: Any, japanese: str, english: str) -> None:
    assert (role_text(value, "ja"), role_text(value, "en")) == (japanese, english)


@pytest.mark.parametrize(
    ("email", "japanese", "english"),
    [
        ("k@example.com", "Katoさん(k@example.com)", "Kato (k@example.com)"),
        ("", "Katoさん", "Kato"),
        (None, "Katoさん", "Kato"),
    ],
)
def test_a_person_with_and_without_an_address(
    email: str | None, japanese: str, english: str
) -> None:
    value = {"name": "Kato", "email": email}
    assert person_text(value, "ja") == japanese
    assert person_text(value, "en").rstrip() == english


@pytest.mark.parametrize(
    ("more", "japanese", "english"),
    [
        ({}, "ストレージパック", "Storage pack"),
        ({"quantity": 1}, "ストレージパック", "Storage pack"),
        ({"quantity": 2}, "ストレージパック2個", "2 x Storage pack"),
        ({"quantity": 1000, "unit": None}, "ストレージパック1,000個", "1,000 x Storage pack"),
    ],
)
def test_an_add_on_and_its_count(more: dict[str, Any], japanese: str, english: str) -> None:
    value = {"name": NAME, **more}
    assert (item_text(value, "ja"), item_text(value, "en")) == (japanese, english)


def test_single_units_are_formatted_like_limits() -> None:
    assert item_text({"name": SEATS["name"], "quantity": 9, "unit": "seat"}, "en") == "9 users"


def test_a_level_is_followed_by_its_meter() -> None:
    given = {"meter": SEATS}
    assert KINDS["level"](95, given, "en") == "95% of your limit for users"
    assert KINDS["level"]({"at": "9"}, given, "en").endswith(" of users")


def test_only_a_limit_has_a_word_for_null() -> None:
    given = {"meter": SEATS}
    assert {"limit"} == NULLABLE
    assert KINDS["limit"](None, given, "ja") != KINDS["limit"]("5", given, "ja")
    assert decimal_or_none(None) is None


@pytest.mark.parametrize(
    ("given", "unit"),
    [({}, ""), ({"meter": "seats"}, ""), ({"meter": {}}, ""), ({"meter": SEATS}, "seat")],
)
def test_a_meter_without_a_unit_has_none(given: dict[str, Any], unit: str) -> None:
    assert unit_of(given) == unit


def test_money_short_exact_and_signed() -> None:
    yen = {"amount": "20000", "currency": "JPY"}
    short, exact, signed = (KINDS[kind](yen, {}, "en") for kind in ("money", "exact", "signed"))
    assert "20,000" in exact
    assert signed.startswith("+")
    assert not short.startswith("+")


def test_a_list_and_a_plain_value() -> None:
    assert KINDS["list"]([NAME], {}, "en") == "Storage pack"
    assert KINDS[""](5, {}, "ja") == "5"
    assert KINDS[""](NAME, {}, "en") == "Storage pack"
