"""From values to places on the paper, and the round numbers of an axis. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from html import escape
from unicodedata import east_asian_width

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 96, 12, 28
"""Room for the numbers of the axis, for labels at the ends of lines, and for days."""
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
MOST_TICKS = 5
LINE = 14
"""From one line of text to the next."""
MOST_LABELS = (HEIGHT - BOTTOM - TOP) // LINE + 1
_WIDE, _NARROW = 12.0, 7.0
"""How much room a character takes at most, at the 12 px of a chart's texts."""


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


def upward(most: Decimal, least: Decimal = Decimal(0)) -> tuple[Scale, list[Decimal]]:
    """A y axis from 0, and its ticks: round numbers, the last of which reaches `most`. It begins
    lower only where something is below zero.
    """
    ticks = ticks_to(max(most, Decimal(0)))
    if least < 0:
        step = max(ticks[1], ticks_to(-least)[1])
        above = ticks_by(step, most) if most > 0 else []
        ticks = [*(-one for one in reversed(ticks_by(step, -least)[1:])), Decimal(0), *above[1:]]
    return Scale(ticks[0], ticks[-1], HEIGHT - BOTTOM, TOP), ticks


def ticks_to(most: Decimal) -> list[Decimal]:
    """`ticks_to(Decimal(24))` is 0, 5, 10, 15, 20, 25."""
    if most <= 0:
        return [Decimal(0), Decimal(1)]
    rough = most / MOST_TICKS
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(one * power for one in _STEPS if one * power >= rough)
    return ticks_by(step, most)


def ticks_by(step: Decimal, most: Decimal) -> list[Decimal]:
    count = int((most / step).to_integral_value(ROUND_CEILING))
    return [step * n for n in range(count + 1)]


def across(first: Decimal | int | float, last: Decimal | int | float) -> Scale:
    """An x axis."""
    return Scale(Decimal(first), Decimal(last), LEFT, WIDTH - RIGHT)


def room_of(words: str) -> float:
    """How wide a text is at most."""
    return sum(_WIDE if east_asian_width(one) in "WFA" else _NARROW for one in words)


def cut(words: str, room: float) -> str:
    """As much of it as there is room for."""
    if room_of(words) <= room:
        return words
    taken = list(words)
    while taken and room_of("".join(taken)) + _WIDE > room:
        taken.pop()
    return "".join(taken).rstrip() + "…"


def text(x: float, y: float, words: str, anchor: str = "start", room: float = WIDTH) -> str:
    """What is cut off can be read by pointing at it, and in the table."""
    shown = cut(printable(words), room)
    whole = f"<title>{escape(printable(words))}</title>" if shown != printable(words) else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{whole}{escape(shown)}</text>'


def printable(words: str) -> str:
    """Without what no XML may hold."""
    return "".join(one for one in words if one.isprintable())[:256]


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" class="{kind}"/>'


def apart(places: Sequence[float], room: float = LINE) -> list[float | None]:
    """Labels at these heights, moved so that none covers another; in the order given. None: there
    is no room for it.
    """
    order = sorted(range(min(len(places), MOST_LABELS)), key=lambda n: places[n])
    found: list[float | None] = [None] * len(places)
    least = float(TOP)
    for n in order:
        found[n] = least = max(places[n], least)
        least += room
    most = float(HEIGHT - BOTTOM)
    for n in reversed(order):
        here = found[n]
        found[n] = most = min(most if here is None else here, most)
        most -= room
    return found


def axes(ticks: Sequence[tuple[Decimal, str]], y: Scale) -> str:
    """The numbers of the y axis and their lines across."""
    return "".join(
        line(LEFT, y.at(value), WIDTH - RIGHT, y.at(value), "grid" if value else "axis")
        + text(LEFT - 8, y.at(value) + 4, words, "end", LEFT - 8)
        for value, words in ticks
    )


def labels(named: Sequence[tuple[str, float]]) -> str:
    """At the ends of lines, at these heights: nobody has to match colours with a legend."""
    return "".join(
        text(WIDTH - RIGHT + 6, height + 4, words, room=RIGHT - 6)
        for (words, _), height in zip(named, apart([at for _, at in named]), strict=True)
        if height is not None
    )


def ends(first: str, last: str) -> str:
    """What the x axis begins and ends with."""
    room = (WIDTH - LEFT - RIGHT) / 2 - 8
    return text(LEFT, HEIGHT - 8, first, room=room) + (
        text(WIDTH - RIGHT, HEIGHT - 8, last, "end", room) if last else ""
    )
