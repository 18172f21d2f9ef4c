from datetime import UTC, datetime, timedelta

from services.notifier.delivery.breaker import FAILURES, Breaker

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def opened() -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed(NOW)
    return breaker


def seconds(count: float) -> datetime:
    return NOW + timedelta(seconds=count)


def test_four_failures_and_a_success_leave_it_closed() -> None:
    breaker = Breaker()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            breaker.failed(NOW)
        breaker.succeeded()
    assert breaker.room(NOW, 8) == 8


def test_five_failures_in_a_row_open_it_for_half_a_minute() -> None:
    breaker = opened()
    assert breaker.room(seconds(29), 8) == 0
    assert breaker.rest(seconds(10)) == timedelta(seconds=20)


def test_then_one_probe_decides() -> None:
    breaker = opened()
    assert breaker.room(seconds(30), 8) == 1
    breaker.succeeded()
    assert breaker.room(seconds(30), 8) == 8


def test_failing_probes_rest_longer_up_to_five_minutes() -> None:
    breaker, at, rests = opened(), NOW, []
    for _ in range(6):
        rest = breaker.rest(at)
        rests.append(rest.total_seconds())
        at += rest
        breaker.failed(at)
    assert rests == [30, 60, 120, 240, 300, 300]


def test_late_results_of_attempts_in_flight_do_not_lengthen_the_pause() -> None:
    breaker = opened()
    for _ in range(7):
        breaker.failed(seconds(1))
    assert breaker.rest(seconds(1)) == timedelta(seconds=29)


def test_a_pause_holds_all_and_a_success_in_flight_does_not_end_it() -> None:
    breaker = Breaker()
    breaker.pause(seconds(600))
    breaker.succeeded()
    assert breaker.room(seconds(599), 8) == 0
    assert breaker.room(seconds(600), 8) == 8


def test_a_clock_that_is_set_back_does_not_close_it_for_days() -> None:
    breaker = opened()
    assert breaker.rest(NOW - timedelta(days=10)) <= timedelta(minutes=5)
