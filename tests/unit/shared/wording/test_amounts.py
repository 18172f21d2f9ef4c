"""Amounts, numbers and moments as they are read."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.wording.amounts import amount_text, limit_text, pair_text, share_text, threshold_text
from shared.wording.language import date_text, language, moment_text, number_text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0 B"),
        ("999", "999 B"),
        ("1000", "1 kB"),
        ("7900000000", "7.9 GB"),
        ("8999999999", "8.99 GB"),
        ("9000000000", "9 GB"),
        ("100000000000", "100 GB"),
        ("1234567890123456", "1.23 PB"),
        ("10737418240", "10 GiB"),
    ],
)
def test_bytes_are_rounded_down_and_never_look_reached_before_they_are(
    amount: str, text: str
) -> None:
    assert amount_text(Decimal(amount), "byte", "ja") == text


def test_bytes_beside_a_limit_in_gib_are_counted_the_same_way() -> None:
    assert (
        share_text(Decimal(9663676416), Decimal(10737418240), 90, "byte", "en")
        == "9 GiB/10 GiB (90%)"
    )


@pytest.mark.parametrize(
    ("used", "limit", "percent", "text"),
    [
        ("24", "25", 96, "24/25 (96%)"),
        ("9600", "10000", 96, "9,600/10,000 (96%)"),
        ("3", "0", None, "3/0"),
        ("0.129", "1", 12, "0.12/1 (12%)"),
    ],
)
def test_a_share_names_both_amounts_and_the_percentage(
    used: str, limit: str, percent: int | None, text: str
) -> None:
    assert share_text(Decimal(used), Decimal(limit), percent, "seat", "ja") == text


@pytest.mark.parametrize(
    ("used", "limit", "unit", "text"),
    [
        ("10000000000", "10004999999", "byte", "10 GB/10.004 GB"),
        ("10004999998", "10004999999", "byte", "10.004999998 GB/10.004999999 GB"),
        ("9999999999999999", "10000000000000000", "byte", "9.99 PB/10 PB"),
        ("2.504", "2.505", "credit", "2.504/2.505"),
        ("0.000000001", "0.000000002", "credit", "0.000000001/0.000000002"),
        ("2.505", "2.505", "credit", "2.5/2.5"),
        ("2.509", "2.505", "credit", "2.5/2.5"),
    ],
)
def test_what_is_not_full_is_told_from_its_limit_however_near(
    used: str, limit: str, unit: str, text: str
) -> None:
    assert share_text(Decimal(used), Decimal(limit), None, unit, "en") == text


@given(
    used=st.decimals(0, 10**18, places=9),
    limit=st.decimals("0.000000001", 10**18, places=9),
    unit=st.sampled_from(["byte", "call"]),
    locale=st.sampled_from(["ja-JP", "en-US", "en-IN"]),
)
@example(used=Decimal("10737418239"), limit=Decimal("10737418240"), unit="byte", locale="en-US")
def test_two_amounts_are_written_alike_only_where_all_is_used(
    used: Decimal, limit: Decimal, unit: str, locale: str
) -> None:
    for near in (used, limit - Decimal("0.000000001")):
        shown_used, shown_limit = pair_text(near, limit, unit, locale)
        assert shown_used != shown_limit or near >= limit


def test_unlimited_is_a_word() -> None:
    assert share_text(Decimal(24), None, None, "seat", "ja") == "24 (無制限)"
    assert limit_text(None, "seat", "ユーザー", "ja") == "無制限ユーザー"
    assert limit_text(None, "seat", "users", "en") == "unlimited users"


def test_a_limit_is_named_as_the_language_does() -> None:
    assert limit_text(Decimal(25), "seat", "ユーザー", "ja") == "25ユーザー"
    assert limit_text(Decimal(10**11), "byte", "ストレージ容量", "ja") == "ストレージ容量 100 GB"
    assert limit_text(Decimal(10**5), "call", "API calls", "en") == "100,000 API calls"


def test_thresholds() -> None:
    assert threshold_text(95, "byte", "ja") == "95%"
    assert threshold_text(Decimal(9 * 10**9), "byte", "ja") == "9 GB"


def test_a_moment_is_told_on_the_readers_clock() -> None:
    end = datetime.fromisoformat("2025-10-01T00:00:00Z")
    assert moment_text(end, "Asia/Tokyo", "ja-JP") == "2025年10月1日 9:00 (JST)"
    assert moment_text(end, "Europe/London", "en-GB") == "1 October 2025 01:00 (BST)"
    assert moment_text(end, "America/New_York", "en-US") == "September 30, 2025 8:00 PM (EDT)"
    assert moment_text(end, "Asia/Singapore", "en") == "October 1, 2025 8:00 AM (UTC+08)"


def test_midnight_needs_no_time() -> None:
    assert (
        moment_text(datetime.fromisoformat("2025-09-30T15:00:00Z"), "Asia/Tokyo", "ja")
        == "2025年10月1日"
    )


@pytest.mark.parametrize(
    ("locale", "spoken"),
    [
        ("ja", "ja"),
        ("ja-JP", "ja"),
        ("JA", "ja"),
        ("en-GB", "en"),
        ("fr-FR", "en"),
        ("", "en"),
        ("xx-zz", "en"),
    ],
)
def test_whoever_does_not_read_japanese_reads_english(locale: str, spoken: str) -> None:
    assert language(locale) == spoken
    assert date_text(date(2025, 12, 15), locale)
    assert number_text(Decimal("1234.5"), locale) == "1,234.5"
