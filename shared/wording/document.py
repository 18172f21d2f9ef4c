"""A document as a tree of texts, and as one HTML file that loads nothing and prints well.

All texts are data: they are escaped, and cannot change the direction or the place of what is around
them.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.values.characters import shown
from shared.values.colors import WHITE, contrast
from shared.wording.language import Language, language

ACCENT = "#0b57d0"
READABLE = 4.5
LONGEST = 1_000
"""The most characters of one text that somebody typed: a document has pages, not volumes."""
Tone = Literal["", "yes", "no"]


@dataclass(frozen=True, slots=True)
class Line:
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Small print: what was assumed, what a figure stands for."""

    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Figures:
    items: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Items:
    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """`tone`: whether something is there or not, for a mark beside the text."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The first cell names the row. `total`: the sum of those above; `marked`: stands out."""

    cells: tuple[Cell, ...]
    total: bool = False
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`figures`: the columns, from 0, that hold numbers."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    figures: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """`url`: of the web, else it is not shown: nobody can open it from a file."""

    title: str
    url: str
    text: str | None = None

    @property
    def is_open(self) -> bool:
        return self.url.startswith(("https://", "http://"))


@dataclass(frozen=True, slots=True)
class Links:
    items: tuple[Link, ...]


Part = Line | Note | Figures | Items | Table | Links


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """`facts`: what stands below the title, such as whose it is, and its day. `brand`, `color`: of
    the product.
    """

    locale: str
    title: str
    facts: tuple[Figure, ...]
    sections: tuple[Section, ...]
    brand: str | None = None
    color: str | None = None

    @property
    def lang(self) -> Language:
        return language(self.locale)

    @property
    def accent(self) -> str:
        """The brand's colour, if it can be read on paper."""
        if self.color is None or contrast(self.color, WHITE) < READABLE:
            return ACCENT
        return self.color


def row(*cells: str | Cell, total: bool = False, marked: bool = False) -> Row:
    made = (Cell(one) if isinstance(one, str) else one for one in cells)
    return Row(tuple(made), total, marked)


def typed(text: str) -> str:
    """What somebody wrote, as it may be printed: its lines are kept, and it has an end."""
    cut = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return "\n".join(shown(line) for line in cut.splitlines())


def html(document: Document) -> str:
    template = _templates().get_template("document.html.j2")
    return template.render(document=document, kind=lambda part: type(part).__name__)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("shared.wording"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
