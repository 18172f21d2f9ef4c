"""A value over time: series, limit as it was, thresholds, forecast, and what happened. Pure.

A gap is a gap: where there is no value, the line ends.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape

from services.console.charts import scale
from services.console.charts.scale import Scale

Point = tuple[datetime, Decimal | None]
Place = tuple[float, float]
MOST_MARKS = 24
MOST_SERIES = 4
_COLUMN = 2.5
"""Points that lie closer are drawn as their least and their most."""
_DOT = 2.0


@dataclass(frozen=True, slots=True)
class Series:
    """`steps`: a value holds until the next one, as limits do. `kind`: line, limit, threshold,
    forecast.
    """

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
    marks: Sequence[Mark] = (),
    number: Callable[[Decimal], str],
    day: Callable[[datetime], str],
    others: str = "",
) -> str:
    """The inside of an SVG of `scale.WIDTH` by `scale.HEIGHT`; empty without a value. More lines
    than `MOST_SERIES` are summed up as `others`. `number`: of the axis, short.
    """
    drawn = few(series, others)
    values = [value for one in drawn for _, value in one.points if value is not None]
    times = [at for one in drawn for at, value in one.points if value is not None]
    if not values:
        return ""
    seen = [one for one in marks if min(times) <= one.at <= max(times)][-MOST_MARKS:]
    values += [one.value for one in seen]
    y, ticks = scale.upward(max(values), min(values))
    x = scale.across(min(times).timestamp(), max(times).timestamp())
    parts = [scale.axes([(tick, number(tick)) for tick in ticks], y)]
    parts += [_path(one, n, x, y) for n, one in enumerate(drawn)]
    parts += [_mark(one, x, y) for one in seen]
    parts.append(_labels(drawn, y))
    parts.append(_days(min(times), max(times), day))
    return "".join(parts)


def few(series: Sequence[Series], others: str) -> list[Series]:
    """At most `MOST_SERIES` lines: the last of them is the sum of those that are left."""
    lines = [one for one in series if one.kind == "line"]
    if len(lines) <= MOST_SERIES:
        return list(series)
    kept, rest = lines[: MOST_SERIES - 1], lines[MOST_SERIES - 1 :]
    sums: dict[datetime, Decimal] = {}
    for at, value in (point for one in rest for point in one.points):
        if value is not None:
            sums[at] = sums.get(at, Decimal(0)) + value
    summed = Series(others, sorted(sums.items()))
    return [*kept, summed, *(one for one in series if one.kind != "line")]


def _path(series: Series, number: int, x: Scale, y: Scale) -> str:
    runs = [
        [(x.at(at.timestamp()), y.at(value)) for at, value in run] for run in _runs(series.points)
    ]
    kind = series.kind
    if kind not in ("limit", "threshold"):
        kind = f"{kind} line s{number % MOST_SERIES + 1}"
    drawn = "".join(_stepped(run) if series.steps else _drawn(run) for run in _apart(runs) if run)
    alone = [run[0] for run in runs if len(run) == 1] if len(runs) == 1 else []
    dots = "".join(
        f'<circle cx="{left:g}" cy="{top:g}" r="3" class="f{number % MOST_SERIES + 1}"/>'
        for left, top in alone
    )
    return f'<path d="{drawn}" class="{kind}"/>{dots}'


def _runs(points: Sequence[Point]) -> Iterator[list[tuple[datetime, Decimal]]]:
    """Points without a gap between them."""
    run: list[tuple[datetime, Decimal]] = []
    for at, value in points:
        if value is not None:
            run.append((at, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _apart(runs: Sequence[list[Place]]) -> Iterator[list[Place]]:
    """Without dots of one point so close to the one before that they would be one."""
    last: Place | None = None
    for run in runs:
        if len(run) == 1 and last is not None and run[0][0] - last[0] < _DOT:
            continue
        last = run[0] if len(run) == 1 else None
        yield run


def _drawn(run: Sequence[Place]) -> str:
    if len(run) == 1:
        return f"M{run[0][0]:g} {run[0][1]:g}h0"
    return "M" + " ".join(f"{left:g} {top:g}" for left, top in _thinned(run))


def _stepped(run: Sequence[Place]) -> str:
    """Only where the value changes."""
    drawn, before = [f"M{run[0][0]:g} {run[0][1]:g}"], run[0][1]
    for left, top in run[1:-1]:
        if top != before:
            drawn.append(f"H{left:g}V{top:g}")
            before = top
    left, top = run[-1]
    return "".join(drawn) + (f"H{left:g}V{top:g}" if top != before else f"H{left:g}")


def _thinned(run: Sequence[Place]) -> list[Place]:
    """In each column its first, least, most and last, in their order."""
    kept: list[Place] = []
    column: list[Place] = []
    for one in [*run, None]:
        if column and (one is None or one[0] - column[0][0] >= _COLUMN):
            low, high = min(column, key=lambda p: p[1]), max(column, key=lambda p: p[1])
            wanted = {id(low), id(high)}
            kept += [p for p in column if id(p) in wanted]
            column = []
        if one is not None:
            column.append(one)
    ends = [run[0]] if kept[0] != run[0] else []
    return [*ends, *kept, *([run[-1]] if kept[-1] != run[-1] else [])]


def _mark(mark: Mark, x: Scale, y: Scale) -> str:
    here, height = x.at(mark.at.timestamp()), y.at(mark.value)
    words = escape(scale.printable(mark.words)[:60])
    return f'<path d="M{here:g} {height - 6:g}l5 10h-10z" class="f2"><title>{words}</title></path>'


def _labels(series: Sequence[Series], y: Scale) -> str:
    lasts = (
        (one.label, next((value for _, value in reversed(one.points) if value is not None), None))
        for one in series
    )
    return scale.labels([(label, y.at(last)) for label, last in lasts if last is not None])


def _days(first: datetime, last: datetime, day: Callable[[datetime], str]) -> str:
    return scale.ends(day(first), "" if first == last else day(last))
