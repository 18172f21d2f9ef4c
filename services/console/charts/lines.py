"""A value over time: series, limit as it was, thresholds, forecast, and what happened. Pure.

A gap is a gap: where there is no value, the line ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape

from services.console.charts import scale
from services.console.charts.scale import Scale

Point = tuple[datetime, Decimal | None]
MOST_MARKS = 60


@dataclass(frozen=True, slots=True)
class Series:
    """`steps`: a value holds until the next one, as limits do. `kind`: line, limit, forecast."""

    label: str
    points: Sequence[Point]
    kind: str = "line"
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at a time, at a value: an alert."""

    at: datetime
    value: Decimal
    words: str


def draw(
    series: Sequence[Series],
    *,
    thresholds: Sequence[tuple[str, Decimal]] = (),
    marks: Sequence[Mark] = (),
    number: Callable[[Decimal], str],
    day: Callable[[datetime], str],
) -> str:
    """The inside of an SVG of `scale.WIDTH` by `scale.HEIGHT`; empty without a value."""
    values = [value for one in series for _, value in one.points if value is not None]
    times = [at for one in series for at, value in one.points if value is not None]
    if not values:
        return ""
    y, ticks = scale.upward(max([*values, *(value for _, value in thresholds)]))
    x = scale.across(min(times).timestamp(), max(times).timestamp())
    parts = [scale.axes([(tick, number(tick)) for tick in ticks], y)]
    parts += [
        scale.line(scale.LEFT, y.at(value), scale.WIDTH - scale.RIGHT, y.at(value), "threshold")
        for _, value in thresholds
    ]
    parts += [_path(one, n, x, y) for n, one in enumerate(series)]
    parts += [_mark(one, x, y) for one in marks[-MOST_MARKS:]]
    parts.append(_labels(series, thresholds, x, y))
    parts.append(_days(min(times), max(times), x, day))
    return "".join(parts)


def _path(series: Series, number: int, x: Scale, y: Scale) -> str:
    drawn, pen = [], "M"
    before = 0.0
    for at, value in series.points:
        if value is None:
            pen = "M"
            continue
        here, height = x.at(at.timestamp()), y.at(value)
        if series.steps and pen == "L":
            drawn.append(f"L{here:g} {before:g}")
        drawn.append(f"{pen}{here:g} {height:g}")
        pen, before = "L", height
    kind = series.kind if series.kind == "limit" else f"{series.kind} line s{number % 4 + 1}"
    return f'<path d="{" ".join(drawn)}" class="{kind}"/>'


def _mark(mark: Mark, x: Scale, y: Scale) -> str:
    here, height = x.at(mark.at.timestamp()), y.at(mark.value)
    points = f"{here:g},{height - 6:g} {here - 5:g},{height + 4:g} {here + 5:g},{height + 4:g}"
    return f'<polygon points="{points}" class="f2"><title>{escape(mark.words)}</title></polygon>'


def _labels(
    series: Sequence[Series], thresholds: Sequence[tuple[str, Decimal]], x: Scale, y: Scale
) -> str:
    """At the ends of the lines: nobody has to match colours with a legend."""
    named = [
        (one.label, y.at(last))
        for one in series
        if (last := next((v for _, v in reversed(one.points) if v is not None), None)) is not None
    ]
    named += [(label, y.at(value)) for label, value in thresholds]
    heights = scale.apart([height for _, height in named])
    return "".join(
        scale.text(scale.WIDTH - scale.RIGHT + 6, height + 4, label)
        for (label, _), height in zip(named, heights, strict=True)
    )


def _days(first: datetime, last: datetime, x: Scale, day: Callable[[datetime], str]) -> str:
    floor = scale.HEIGHT - 8
    if first == last:
        return scale.text(x.at(first.timestamp()), floor, day(first))
    return scale.text(scale.LEFT, floor, day(first)) + scale.text(
        scale.WIDTH - scale.RIGHT, floor, day(last), "end"
    )
