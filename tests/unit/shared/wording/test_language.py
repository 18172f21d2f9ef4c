"""Which of the two languages a reader gets, and how it writes numbers, days and lists."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shared.wording.language import (
    date_text,
    is_japanese,
    language,
    list_text,
    moment_text,
    number_text,
)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("ja", "ja"), ("JA-jp", "ja"), ("en-GB", "en"), ("de", "en"), ("", "en"), ("j", "en")],
)
def test_anything_but_japanese_gets_english(locale: str, expected: str) -> None:
    assert language(locale) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("プレミアム", True),
        ("花子", True),
        ("Enterprise", False),
        ("", False),
        ("Pro プラン", True),
    ],
)
def test_a_name_with_kana_or_kanji_is_japanese(name: str, expected: bool) -> None:
    assert is_japanese(name) is expected


def test_numbers_are_exact_however_long() -> None:
    assert number_text(10_000, "en") == "10,000"
    assert number_text(Decimal("43.30"), "ja") == "43.3"
    assert number_text(10**30 + 1, "en").endswith(",000,001")
    assert number_text(Decimal("-0.000000001"), "en") == "-0.000000001"


def test_a_day_is_written_as_the_region_does_and_an_unknown_one_as_the_language() -> None:
    day = date(2025, 12, 15)
    assert [date_text(day, locale) for locale in ("ja-JP", "en-US", "en-GB", "xx-YY")] == [
        "2025年12月15日",
        "December 15, 2025",
        "15 December 2025",
        "December 15, 2025",
    ]


def test_midnight_is_a_day_and_any_other_moment_names_its_zone() -> None:
    midnight, later = (datetime(2025, 9, 15, 15, minute, tzinfo=UTC) for minute in (0, 30))
    assert moment_text(midnight, "Asia/Tokyo", "en") == "September 16, 2025"
    assert moment_text(later, "Asia/Tokyo", "en") == "September 16, 2025 12:30 AM (JST)"
    assert moment_text(later, "Asia/Singapore", "en").endswith("(UTC+08)")


def test_lists() -> None:
    assert list_text(["SSO"], "en") == "SSO"
    assert list_text(["SSO", "監査ログ"], "ja") == "SSO、監査ログ"
    assert list_text([], "ja") == list_text([], "en") == ""
