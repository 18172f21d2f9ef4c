"""How much had been used by the end of each hour or day."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.trigger.history.levels import Past, Stretch, levels

D = Decimal


def past(aggregation: Any, *stretches: tuple[int, int, int], hours: Any, **more: Any) -> Past:
    first = min((hour for hour, _ in hours), default=None)
    given: dict[str, Any] = {"first": first} | more
    return Past(
        aggregation,
        [Stretch(begin, end, D(total)) for begin, end, total in stretches],
        [(hour, D(value)) for hour, value in hours],
        **given,
    )


def test_sums_grow_within_a_period_and_begin_again_with_the_next() -> None:
    known = past("count", (0, 10, 6), (10, 20, 4), hours=[(3, 1), (5, 5), (11, 4)])
    assert levels(known, range(3, 14), None) == [None, 1, 1, 6, 6, 6, 6, 6, 0, 4, 4]


def test_sums_are_computed_backwards_from_the_stored_total() -> None:
    """The hours before the window are not read."""
    known = past("sum", (0, 100, 50), hours=[(11, 2), (13, -3)], first=0, later=D(1))
    assert levels(known, [11, 12, 13, 14], None) == [50, 52, 52, 49]


def test_a_window_that_ends_within_a_period_leaves_out_what_came_later() -> None:
    known = past("unique", (0, 100, 10), hours=[(1, 2), (2, 3)], later=D(5))
    assert levels(known, [1, 2, 3], None) == [None, 2, 5]


def test_the_last_value_stays_until_another_comes() -> None:
    known = past("latest", (0, 10**9, 7), hours=[(4, 9), (6, 7)], before=D(3), first=0)
    assert levels(known, [4, 5, 6, 7, 8], None) == [3, 9, 9, 7, 7]


def test_the_highest_value_counts_in_its_period() -> None:
    known = past("max", (0, 5, 9), (5, 10, 4), hours=[(1, 9), (2, 3), (6, 4)])
    assert levels(known, [1, 2, 3, 5, 6, 7], None) == [None, 9, 9, 9, 0, 4]


def test_from_the_running_hour_on_the_stored_total_holds() -> None:
    """Also of what came for an hour that has not begun."""
    known = past("count", (0, 100, 6), hours=[(3, 5), (9, 1)])
    assert levels(known, [4, 8, 9], 8) == [5, 5, 6]


def test_a_correction_that_came_first_is_not_shown_as_less_than_nothing() -> None:
    known = past("sum", (0, 10, 2), hours=[(1, -3), (4, 5)])
    assert levels(known, [2, 5], None) == [0, 2]


def test_without_any_record_nothing_is_known() -> None:
    assert levels(past("count", hours=[]), [1, 2], None) == [None, None]
    assert levels(past("count", hours=[]), [1, 2], 1) == [None, 0]


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 50)), unique_by=lambda one: one[0]))
def test_the_end_of_a_period_is_its_stored_total(hours: list[tuple[int, int]]) -> None:
    ordered = sorted(hours)
    total = sum(value for _, value in ordered)
    known = past("count", (0, 100, total), hours=ordered, first=0)
    found = levels(known, range(1, 101), None)
    assert found[-1] == total
    assert found == sorted(found, key=lambda one: one or 0)
    for end in (10, 50):
        assert found[end - 1] == sum(value for hour, value in ordered if hour < end)
