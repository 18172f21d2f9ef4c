"""From values to places on the paper, and the round numbers of an axis. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from html import escape
from itertools import pairwise

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 96, 12, 28
"""Room for the numbers of the axis, for labels at the ends of lines, and for days."""
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
MOST_TICKS = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """`value` of `low` to `high` lies between `start` and `end`, in pixels."""

    low: Decimal
    high: Decimal
    start: float
    end: float

    def at(self, value: Decimal | int | float) -> float:
        span = self.high - self.low
        share = (Decimal(value) - self.low) / span if span else Decimal(0)
        return round(self.start + float(share) * (self.end - self.start), 1)


def upward(most: Decimal) -> tuple[Scale, list[Decimal]]:
    """A y axis from 0, and its ticks: round numbers, the last of which reaches `most`."""
    ticks = ticks_to(most)
    return Scale(Decimal(0), ticks[-1], HEIGHT - BOTTOM, TOP), ticks


def ticks_to(most: Decimal) -> list[Decimal]:
    """`ticks_to(Decimal(24))` is 0, 5, 10, 15, 20, 25."""
    if most <= 0:
        return [Decimal(0), Decimal(1)]
    rough = most / MOST_TICKS
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(one * power for one in _STEPS if one * power >= rough)
    count = int((most / step).to_integral_value(ROUND_CEILING))
    return [step * n for n in range(count + 1)]


def across(first: Decimal | int | float, last: Decimal | int | float) -> Scale:
    """An x axis."""
    return Scale(Decimal(first), Decimal(last), LEFT, WIDTH - RIGHT)


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" class="{kind}"/>'


def apart(places: Sequence[float], room: float = 14) -> list[float]:
    """Labels at these heights, moved so that none covers another; in the order given."""
    order = sorted(range(len(places)), key=lambda n: places[n])
    found = list(places)
    for before, now in pairwise(order):
        found[now] = max(found[now], found[before] + room)
    over = found[order[-1]] - (HEIGHT - BOTTOM) if order else 0
    return [max(TOP, one - over) for one in found] if over > 0 else found


def axes(ticks: Sequence[tuple[Decimal, str]], y: Scale) -> str:
    """The numbers of the y axis and their lines across."""
    return "".join(
        line(LEFT, y.at(value), WIDTH - RIGHT, y.at(value), "grid" if value else "axis")
        + text(LEFT - 8, y.at(value) + 4, words, "end")
        for value, words in ticks
    )
