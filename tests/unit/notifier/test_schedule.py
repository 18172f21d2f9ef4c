from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.registry import KINDS
from services.notifier.schedule import delay, next_attempt, read_retry_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DEADLINE = NOW + timedelta(hours=24)


def test_delays_grow_and_then_stay_at_two_hours() -> None:
    seconds = [delay(step, 0.0).total_seconds() for step in range(7)]
    assert seconds == [5, 30, 300, 1800, 7200, 7200, 7200]


def test_jitter_only_shortens_and_by_at_most_a_tenth() -> None:
    assert delay(2, 0.999) >= timedelta(seconds=270)
    assert delay(2, 0.999) < delay(2, 0.0)


@pytest.mark.parametrize(
    ("channel", "hours", "attempts"), [("email", 24, 16), ("webhook", 27, 18), ("hubspot", 72, 40)]
)
def test_a_channel_is_tried_until_its_deadline(channel: str, hours: int, attempts: int) -> None:
    deadline, at, count = NOW + KINDS[channel].deadline, NOW, 1
    while (following := next_attempt(at, count - 1, deadline, 0.0)) is not None:
        at, count = following, count + 1
    assert KINDS[channel].deadline == timedelta(hours=hours)
    assert count == attempts
    assert deadline - timedelta(hours=2) < at <= deadline


def test_retry_after_lengthens_up_to_a_quarter_of_an_hour() -> None:
    assert next_attempt(NOW, 0, DEADLINE, 0.0, timedelta(minutes=3)) == NOW + timedelta(minutes=3)
    assert next_attempt(NOW, 0, DEADLINE, 0.0, timedelta(days=9)) == NOW + timedelta(minutes=15)
    assert next_attempt(NOW, 3, DEADLINE, 0.0, timedelta(seconds=1)) == NOW + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, None),
        ("0", timedelta()),
        (" 7 ", timedelta(seconds=7)),
        ("99999999", timedelta(seconds=99999999)),
        ("9" * 400, timedelta(seconds=3_000_000_000)),
        ("Sun, 22 Nov 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Sun, 22 Nov 2026 11:00:00 GMT", timedelta()),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("", None),
        ("Sun, 99 Nov 2026 12:00:30 GMT", None),
        ("1 Jan 2030 999999999999999999999:00:00 GMT", None),
        ("1 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(
    raw: str | None, expected: timedelta | None
) -> None:
    assert read_retry_after(raw, NOW) == expected


_DATES = st.from_regex(
    r"[A-Z][a-z]{2}, \d{1,30} [A-Z][a-z]{2} \d{1,30} \d{1,25}:\d{1,25}:\d{1,25} [+-]?\w{1,6}"
)


@given(st.one_of(st.text(max_size=60), _DATES))
def test_any_retry_after_is_a_pause_or_nothing(raw: str) -> None:
    found = read_retry_after(raw, NOW)
    assert found is None or found >= timedelta()
    assert next_attempt(NOW, 0, DEADLINE, 0.0, found) is not None
