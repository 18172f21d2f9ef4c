"""A value over time."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console import formats
from services.console.charts import lines, scale
from services.console.charts.lines import Mark, Series
from tests.unit.console.charts.paper import ANY, HOSTILE, LONG, WORDS, drawn, shown

DAY = datetime(2026, 12, 1, tzinfo=UTC)
POINTS = st.lists(st.none() | ANY, max_size=40)


def _points(values: Sequence[Decimal | None]) -> list[tuple[datetime, Decimal | None]]:
    return [(DAY + timedelta(days=n), one) for n, one in enumerate(values)]


def _lines(series: list[Series], marks: list[Mark] | None = None) -> str:
    return lines.draw(
        series,
        marks=marks or [],
        number=lambda one: formats.brief_number(one, "en-GB"),
        day=lambda at: f"{at:%Y年%m月%d日}",
        others="others",
    )


@given(st.lists(POINTS, min_size=1, max_size=7), POINTS, st.lists(ANY, max_size=20), WORDS)
def test_any_series_is_drawn(
    values: list[list[Decimal | None]],
    limits: list[Decimal | None],
    thresholds: list[Decimal],
    words: str,
) -> None:
    series = [Series(words, _points(one)) for one in values]
    series.append(Series("limit", _points(limits), "limit", steps=True))
    series += [Series(LONG, _points([one] * 3), "threshold", steps=True) for one in thresholds]
    root = drawn(_lines(series, [Mark(DAY, Decimal(1), HOSTILE)] if any(values) else None))
    dashed = [one for one in root.iter("path") if "line" in one.attrib.get("class", "")]
    assert len(dashed) <= lines.MOST_SERIES


@pytest.mark.parametrize("gap", [0, 2, 7])
def test_a_thousand_points_are_few_bytes(gap: int) -> None:
    values = [
        None if gap and n % gap == 0 else Decimal(10**15 + n * 7919 % 1000) for n in range(1000)
    ]
    limits = [Decimal(10**15 + n // 300) for n in range(1000)]
    marks = [Mark(DAY + timedelta(n), Decimal(10**15), LONG) for n in range(1000)]
    inside = _lines(
        [Series("used", _points(values)), Series("limit", _points(limits), "limit", steps=True)]
        + [Series(f"{n} %", _points(limits), "threshold", steps=True) for n in (80, 90, 95)],
        marks,
    )
    drawn(inside)
    assert inside.count("<title>") <= lines.MOST_MARKS + 5


def test_thinning_keeps_the_ends_and_the_extremes() -> None:
    values = [Decimal(5)] * 500 + [Decimal(100)] + [Decimal(5)] * 500
    path = re.findall(r'<path d="M([^"]+)" class="line', _lines([Series("", _points(values))]))[0]
    heights = [float(one) for one in path.split()[1::2]]
    assert min(heights) == scale.TOP
    assert path.split()[0] == str(scale.LEFT)
    assert path.split()[-2] == str(scale.WIDTH - scale.RIGHT)


def test_a_gap_is_a_gap_and_a_step_is_a_step() -> None:
    series = Series("", _points([Decimal(1), Decimal(1), None, Decimal(2), Decimal(3)]))
    path = re.findall(r'<path d="([^"]+)" class="line', _lines([series]))[0]
    assert path.count("M") == 2
    stepped = Series("l", _points([Decimal(1), Decimal(1), Decimal(2)]), steps=True)
    path = re.findall(r'<path d="([^"]+)"', _lines([stepped]))[0]
    assert re.sub(r"[\d. ]", "", path) == "MHV"
    assert lines.draw([], number=str, day=str) == ""


def test_one_point_can_be_seen() -> None:
    assert len(list(drawn(_lines([Series("", _points([Decimal(3)]))])).iter("circle"))) == 1


def test_what_is_below_zero_lies_above_the_days() -> None:
    root = drawn(_lines([Series("", _points([Decimal(-30), Decimal(70)]))]))
    assert {"0", "-40", "80"} <= {shown(one) for one in root.iter("text")}


def test_more_than_four_lines_are_three_and_their_sum() -> None:
    series = [Series(str(n), _points([Decimal(n), None])) for n in range(6)]
    found = lines.few([*series, Series("l", [], "limit")], "others")
    assert [one.label for one in found] == ["0", "1", "2", "others", "l"]
    assert found[3].points == [(DAY, Decimal(12))]
