"""Turns stay short where records are dear, and stay large where turns are."""

from collections.abc import Callable
from random import Random

import pytest

from shared.loop.pace import FIRST_RECORDS, MAX_RECORDS, Pace

Cost = Callable[[int], float]


def _after(turns: int, cost: Cost, pace: Pace | None = None) -> Pace:
    """So many full turns, each of which takes what its records cost."""
    pace = pace or Pace()
    for _ in range(turns):
        pace.turned(pace.records, cost(pace.records))
    return pace


@pytest.mark.parametrize("each", [0.000_01, 0.001, 0.01, 0.1])
def test_records_take_less_than_a_second_of_a_turn(each: float) -> None:
    pace = _after(20, lambda records: records * each)
    assert pace.records * each < 1
    assert pace.records * each > 0.1 or pace.records == MAX_RECORDS


def test_a_record_that_takes_longer_than_that_comes_alone() -> None:
    assert _after(20, lambda records: records * 3.0).records == 1


@pytest.mark.parametrize("turn", [0.3, 0.8, 3.0])
def test_a_slow_database_does_not_make_turns_small(turn: float) -> None:
    """Each record takes a millisecond beside the time of the turn: hundreds are worth it."""
    pace = _after(30, lambda records: turn + records * 0.001)
    assert pace.records >= FIRST_RECORDS // 4


def test_turns_grow_again_after_a_stall() -> None:
    """Whatever was stopped made every turn long, so that they became small."""
    pace = _after(6, lambda records: 12.0)
    assert _after(12, lambda records: 0.02 + records * 0.000_05, pace).records > FIRST_RECORDS


def test_dear_records_after_a_slow_database_make_turns_small() -> None:
    pace = _after(30, lambda records: 3.0 + records * 0.000_01)
    assert _after(20, lambda records: records * 0.05, pace).records <= 20


def test_turns_that_are_not_full_say_nothing_of_larger_ones() -> None:
    pace = Pace()
    for records in (3, 7, 1, 12):
        pace.turned(records, 0.01)
    assert pace.records == FIRST_RECORDS


@pytest.mark.parametrize("each", [0.000_5, 0.005, 0.05])
def test_chance_does_not_make_dear_records_look_like_slow_turns(each: float) -> None:
    """Full turns differ by a few records and by a fifth of their time."""
    longest = 0.0
    for seed in range(50):
        random, pace = Random(seed), _after(12, lambda records: records * each)
        for _ in range(200):
            records = max(1, pace.records - random.randrange(3))
            seconds = records * each * random.uniform(0.9, 1.1)
            pace.turned(records, seconds)
            longest = max(longest, seconds)
    assert longest < 0.8
