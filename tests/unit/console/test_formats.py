"""What a page writes: short, exact, in the reader's language and zone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console import formats

MOMENT = "2025-09-16T00:02:00Z"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (formats.day("2025-09-16", "en-GB"), "16 Sep 2025"),
        (formats.day("2025-09-16", "ja-JP"), "2025年9月16日"),
        (formats.day("2025-09-15T20:00:00Z", "en", "Asia/Tokyo"), "16 Sep 2025"),
        (formats.weekday(MOMENT, "en-GB", "Asia/Tokyo"), "Tuesday 16 September"),
        (formats.weekday(MOMENT, "ja-JP", "Asia/Tokyo"), "9月16日(火)"),
        (formats.moment(MOMENT, "en-GB", "Asia/Tokyo"), "16 Sep 2025 09:02 JST"),
        (formats.moment(MOMENT, "ja-JP", "UTC"), "2025年9月16日 00:02 UTC"),
        (formats.clock(MOMENT, "Asia/Tokyo"), "09:02"),
        (formats.percent(Decimal("96.99"), "en"), "96 %"),
        (formats.percent(None, "en"), "–"),
        (formats.percent("133.3", "ja"), "133%"),
        (formats.money("15000", "USD", "en"), "$15,000"),
        (formats.money("3600000", "JPY", "ja"), "360万円"),
        (formats.money(None, "USD", "en"), "–"),
        (formats.number(61204, "en"), "61,204"),
        (formats.brief_number(9_600, "en"), "9.6 K"),
        (formats.brief_number(999, "en"), "999"),
        (formats.brief_number(2_000_000, "ja"), "2 M"),
    ],
)
def test_formats(written: str, wanted: str) -> None:
    assert written == wanted


NOW = datetime(2025, 9, 16, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead", "english", "japanese"),
    [
        (timedelta(seconds=30), "now", "今"),
        (timedelta(minutes=5), "in 5 min", "5分後"),
        (timedelta(hours=-2), "2 h ago", "2時間前"),
        (timedelta(days=3), "in 3 d", "3日後"),
    ],
)
def test_how_far_away(ahead: timedelta, english: str, japanese: str) -> None:
    assert formats.in_words(NOW + ahead, NOW, "en") == english
    assert formats.in_words((NOW + ahead).isoformat(), NOW, "ja") == japanese


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_any_number_can_be_written(value: Decimal) -> None:
    for locale in ("en", "ja"):
        assert formats.brief_number(value, locale)
        assert formats.percent(value, locale)
        assert formats.number(value, locale)


@pytest.mark.parametrize(
    ("text", "page", "wanted"),
    [
        ("青空 花子", "en-GB", "ja"),
        ("青空 花子", "ja-JP", ""),
        ("Call Sato today", "ja-JP", "en"),
        ("Call Sato today", "en-GB", ""),
        ("Kitsune", "ja-JP", ""),
        ("SSOの設定 is done", "ja-JP", ""),
        (42, "ja-JP", ""),
    ],
)
def test_what_somebody_typed_says_its_language_where_it_is_another(
    text: object, page: str, wanted: str
) -> None:
    assert formats.tongue(text, page) == wanted
