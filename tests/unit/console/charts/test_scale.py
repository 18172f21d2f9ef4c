"""Axes with round numbers, labels apart."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.charts import scale
from tests.unit.console.charts.paper import AMOUNTS


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (24, [0, 5, 10, 15, 20, 25]),
        (100, [0, 20, 40, 60, 80, 100]),
        (1, [0, "0.2", "0.4", "0.6", "0.8", 1]),
        (0, [0, 1]),
    ],
)
def test_an_axis_has_round_numbers_from_zero(most: int, ticks: list[object]) -> None:
    assert scale.ticks_to(Decimal(most)) == [Decimal(str(one)) for one in ticks]


@given(AMOUNTS)
def test_the_last_tick_reaches_the_largest_value(most: Decimal) -> None:
    ticks = scale.ticks_to(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= scale.MOST_TICKS + 2


@given(AMOUNTS, AMOUNTS)
def test_an_axis_goes_below_zero_only_where_something_is(most: Decimal, least: Decimal) -> None:
    _, ticks = scale.upward(most, -least)
    assert 0 in ticks
    assert ticks[0] <= -least
    assert ticks[-1] >= most
    assert (ticks[0] < 0) == (least > 0)
    assert len(ticks) <= 2 * scale.MOST_TICKS + 3


@given(st.lists(st.floats(scale.TOP, scale.HEIGHT - scale.BOTTOM), max_size=40))
def test_labels_do_not_cover_each_other(places: list[float]) -> None:
    found = scale.apart(places)
    shown = sorted(one for one in found if one is not None)
    assert all(b - a >= scale.LINE - 0.01 for a, b in pairwise(shown))
    assert all(scale.TOP - 0.01 <= one <= scale.HEIGHT - scale.BOTTOM + 0.01 for one in shown)
    assert len(shown) == min(len(places), scale.MOST_LABELS)


@given(st.text(max_size=60), st.floats(0, 300))
def test_a_text_is_cut_to_its_room(words: str, room: float) -> None:
    assert scale.room_of(scale.cut(words, room)) <= max(room, 12)
