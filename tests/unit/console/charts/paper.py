"""What tests of charts share: whatever the numbers are, they lie on the paper and can be read."""

import re
from decimal import Decimal
from itertools import combinations
from xml.etree import ElementTree

from hypothesis import strategies as st

from services.console.charts import scale

HOSTILE = '<img src=x onerror="alert(1)">'
LONG = "とても長い日本語のラベル" * 8
AMOUNTS = st.decimals(0, Decimal(10) ** 18, places=2)
ANY = st.decimals(-(Decimal(10) ** 15), Decimal(10) ** 15, places=2)
"""Also what corrections may leave below zero."""
WORDS = st.sampled_from([HOSTILE, LONG, "", "80 %", "上限", "a\0b", "‮right to left", "👩‍👩‍👧"])
MOST_BYTES = 12_000


def drawn(inside: str, height: int = scale.HEIGHT) -> ElementTree.Element:
    """Well-formed, small, without styles; all of it within the paper, no text on another."""
    assert len(inside.encode()) <= MOST_BYTES
    assert "style=" not in inside
    root = ElementTree.fromstring(f"<svg>{inside}</svg>")
    assert not list(root.iter("img"))
    for name, most in (("x", scale.WIDTH), ("y", height)):
        for number in re.findall(rf'\b(?:{name}|{name}1|{name}2|c{name})="([^"]+)"', inside):
            assert 0 <= float(number) <= most, number
    for path in root.iter("path"):
        for pair in re.findall(r"[ML ](-?[\d.]+) (-?[\d.]+)", path.attrib["d"]):
            assert 0 <= float(pair[0]) <= scale.WIDTH
            assert 0 <= float(pair[1]) <= height
    boxes = [_box(one) for one in root.iter("text") if one.text or len(one)]
    for left, right, _, shown in boxes:
        assert left >= 0, shown
        assert right <= scale.WIDTH, shown
    for one, other in combinations(boxes, 2):
        beside = one[1] <= other[0] or other[1] <= one[0]
        assert beside or abs(one[2] - other[2]) >= scale.LINE - 0.11, (one, other)
    return root


def shown(text: ElementTree.Element) -> str:
    """What can be seen of it."""
    title = text.find("title")
    return (text.text or "") if title is None else (title.tail or "")


def _box(text: ElementTree.Element) -> tuple[float, float, float, str]:
    """Left, right, height, words."""
    words, x = shown(text), float(text.attrib["x"])
    room = scale.room_of(words)
    left = x - room if text.attrib["text-anchor"] == "end" else x
    return left, left + room, float(text.attrib["y"]), words
