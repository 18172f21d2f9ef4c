"""What tests of charts share: whatever the numbers are, they lie on the paper."""

import re
from decimal import Decimal
from xml.etree import ElementTree

from hypothesis import strategies as st

from services.console.charts import scale

HOSTILE = '<img src=x onerror="alert(1)">'
AMOUNTS = st.decimals(0, Decimal(10) ** 18, places=2)


def drawn(inside: str) -> ElementTree.Element:
    """Every number of it lies on the paper, within a width of it."""
    root = ElementTree.fromstring(f"<svg>{inside}</svg>")
    for number in re.findall(r'\b(?:x|y|x1|x2|y1|y2|width)="([^"]+)"', inside):
        assert -scale.WIDTH <= float(number) <= 2 * scale.WIDTH
    return root
