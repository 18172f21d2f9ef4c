"""How many timers fire in one transaction."""

from services.trigger.timer_batches import MOST, Batches

ALL = [(f"a{number}", "timer renewal") for number in range(MOST)]


def test_slow_transactions_become_smaller_and_quick_ones_larger_again() -> None:
    batches = Batches(tried=ALL)
    batches.passed(0.3)
    assert batches.limit == MOST // 2
    batches.passed(0.15)
    assert batches.limit == MOST // 2, "neither slow nor quick"
    batches.passed(0.01)
    batches.passed(0.01)
    assert batches.limit == MOST, "never more than the most"


def test_half_of_what_was_tried_is_what_counts_and_one_is_the_least() -> None:
    batches = Batches(tried=ALL[:6])
    batches.passed(1.0)
    assert batches.limit == 3
    batches.tried = ALL[:1]
    batches.passed(1.0)
    assert batches.limit == 1


def test_a_failure_of_unknown_cause_is_searched_for_by_halves() -> None:
    batches = Batches(tried=ALL[:7])
    assert batches.narrowed() == ()
    assert batches.limit == 3
    batches.tried = ALL[:2]
    assert batches.narrowed() == ()
    assert batches.limit == 1
    batches.tried = ALL[4:5]
    assert batches.narrowed() == ALL[4:5], "a single timer is to blame"


def test_nothing_tried_blames_nobody() -> None:
    assert Batches().narrowed() == ()
