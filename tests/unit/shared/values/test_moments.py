"""Moments as text."""

from datetime import UTC, datetime, timedelta, timezone

from shared.values.moments import iso


def test_a_moment_is_shown_in_utc_with_microseconds_only_if_it_has_any() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert iso(datetime(2025, 9, 16, 9, tzinfo=tokyo)) == "2025-09-16T00:00:00Z"
    assert iso(datetime(2025, 9, 16, 0, 0, 0, 1, UTC)) == "2025-09-16T00:00:00.000001Z"
    assert iso(datetime.max.replace(tzinfo=UTC)) == "9999-12-31T23:59:59.999999Z"


def test_nothing_stays_nothing() -> None:
    assert iso(None) is None
