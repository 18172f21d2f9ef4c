import pytest

from services.notifier.delivery.ratelimit import TokenBucket


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_immediately_and_then_the_rate_applies() -> None:
    bucket = TokenBucket(rate=2.0, burst=3.0, monotonic=Time())
    assert [bucket.reserve() for _ in range(5)] == [0, 0, 0, 0.5, 1.0]


def test_tokens_come_back_over_time_but_never_above_the_burst() -> None:
    time = Time()
    bucket = TokenBucket(rate=2.0, burst=3.0, monotonic=time)
    for _ in range(3):
        bucket.reserve()
    time.now += 60
    assert [bucket.reserve() for _ in range(4)] == [0, 0, 0, 0.5]


def test_no_window_of_ten_seconds_sees_more_than_the_share() -> None:
    time = Time()
    bucket = TokenBucket(rate=4.0, burst=40.0, monotonic=time)
    starts = []
    for _ in range(300):
        time.now += bucket.reserve()
        starts.append(time.now)
    assert max(sum(1 for other in starts if start <= other < start + 10) for start in starts) <= 81


def test_a_drained_bucket_waits_out_the_window() -> None:
    time = Time()
    bucket = TokenBucket(rate=4.0, burst=40.0, monotonic=time)
    bucket.drain(10.0)
    assert bucket.reserve() == pytest.approx(10.0)


def test_a_lower_limit_applies_immediately() -> None:
    bucket = TokenBucket(rate=4.0, burst=40.0, monotonic=Time())
    bucket.limit(1.0, 2.0)
    assert [bucket.reserve() for _ in range(3)] == [0, 0, 1.0]
