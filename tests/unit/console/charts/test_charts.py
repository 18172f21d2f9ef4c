"""Charts are numbers on paper: whatever the numbers are, they are drawn inside it, and texts are
escaped.
"""

import itertools
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.charts import bars, funnel, lines, scale, spark, steps
from services.console.charts.lines import Mark, Series

DAY = datetime(2026, 12, 1, tzinfo=UTC)
HOSTILE = '<img src=x onerror="alert(1)">'
AMOUNTS = st.decimals(0, Decimal(10) ** 18, places=2)


def drawn(inside: str) -> ElementTree.Element:
    """Every number of it lies on the paper, within a width of it."""
    root = ElementTree.fromstring(f"<svg>{inside}</svg>")
    for number in re.findall(r'\b(?:x|y|x1|x2|y1|y2|width)="([^"]+)"', inside):
        assert -scale.WIDTH <= float(number) <= 2 * scale.WIDTH
    return root


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


def _lines(points: list[Decimal | None], marks: list[Mark] | None = None) -> str:
    series = Series(HOSTILE, [(DAY + timedelta(days=n), one) for n, one in enumerate(points)])
    return lines.draw(
        [series, Series("limit", [(DAY, Decimal(5))], "limit", steps=True)],
        thresholds=[("80 %", Decimal(4))],
        marks=marks or [],
        number=str,
        day=lambda at: f"{at:%d}",
    )


@given(st.lists(st.none() | AMOUNTS, max_size=40))
def test_any_series_is_drawn(points: list[Decimal | None]) -> None:
    root = drawn(_lines(points, [Mark(DAY, Decimal(1), HOSTILE)]))
    assert HOSTILE in ["".join(one.itertext()) for one in root.iter("text")] or not any(
        one is not None for one in points
    )
    assert not list(root.iter("img"))


def test_a_gap_is_a_gap_and_a_step_is_a_step() -> None:
    path = re.findall(r'<path d="([^"]+)" class="line', _lines([Decimal(1), None, Decimal(2)]))[0]
    assert path.count("M") == 2
    stepped = Series("l", [(DAY, Decimal(1)), (DAY + timedelta(1), Decimal(2))], steps=True)
    inside = lines.draw([stepped], number=str, day=str)
    assert re.findall(r'<path d="([^"]+)"', inside)[0].count("L") == 2
    assert lines.draw([], number=str, day=str) == ""


@given(st.lists(st.decimals(-(10**12), 10**12, places=2), max_size=40))
def test_bars_of_any_amounts(values: list[Decimal]) -> None:
    root = drawn(bars.draw([(HOSTILE, value, str(value)) for value in values]))
    assert len(list(root.iter("rect"))) == min(len(values), bars.MOST)
    assert all(float(one.attrib["width"]) >= 0 for one in root.iter("rect"))


def test_a_funnel_tells_the_share_of_the_step_before() -> None:
    told: list[tuple[int, Decimal | None]] = []
    funnel.draw(
        [("a", 10), ("b", 5), ("c", 0), ("d", 0)],
        lambda number, share: told.append((number, share)) or "",  # type: ignore[func-returns-value]
    )
    assert told == [(10, None), (5, Decimal(50)), (0, Decimal(0)), (0, None)]


@given(st.lists(st.decimals(0, 100, places=1), max_size=20))
def test_survival_of_any_length(shares: list[Decimal]) -> None:
    points = [(30 * n, one) for n, one in enumerate(sorted(shares, reverse=True))]
    drawn(steps.draw(points, number=str, days=str))


@given(st.lists(st.none() | AMOUNTS, max_size=90))
def test_a_sparkline_of_any_values(values: list[Decimal | None]) -> None:
    path = spark.draw(values)
    assert all(0 <= float(one) <= spark.WIDTH for one in re.findall(r"[ML]([\d.]+)", path))


@given(st.lists(st.floats(0, 240), min_size=1, max_size=8))
def test_labels_do_not_cover_each_other(places: list[float]) -> None:
    found = sorted(scale.apart(places))
    assert all(b - a >= 13.9 or a <= scale.TOP for a, b in itertools.pairwise(found))
