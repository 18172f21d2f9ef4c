"""A chart with what makes it readable for everybody: its finding as a title, the numbers as a
table, and where to get them as CSV. Pure; the template writes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.console.charts import scale


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """`finding`: what the chart says, in a sentence. `caption`: n, period, how it is counted.
    `inside`: of the SVG; empty if there is nothing to draw. `rows`: (value as it is, shown) per
    cell.
    """

    name: str
    finding: str
    caption: str
    inside: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[tuple[object, str]]]
    csv: str = ""
    width: int = scale.WIDTH
    height: int = scale.HEIGHT
    is_said: bool = False
    """The page says the finding before it."""

    @property
    def drawing(self) -> Markup:
        """Made by the modules beside this one, which escape every text."""
        return Markup(self.inside)
