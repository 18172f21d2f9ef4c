"""The repository's Markdown pages and their contents: headings, links, code, table rows."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README, OPERATORS, DEVELOPERS, ARCHITECTURE = (
    ROOT / name
    for name in (
        "README.md",
        "docs/operators.md",
        "docs/product-developers.md",
        "docs/architecture.md",
    )
)
MODULES, DATA = ROOT / "docs" / "modules.md", ROOT / "docs" / "data.md"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `language` may be empty."""

    language: str
    text: str


def pages() -> list[Path]:
    return [
        *sorted(ROOT.glob("*.md")),
        *(page for folder in ("docs", "deploy") for page in sorted((ROOT / folder).rglob("*.md"))),
    ]


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in _FENCE.findall(page.read_text(encoding="utf-8"))]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def spans(page: Path) -> list[str]:
    """The `code` outside fenced blocks."""
    return _SPAN.findall(prose(page))


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def headings(page: Path) -> list[str]:
    return _HEADING.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """Like GitHub's: lower case, punctuation dropped, spaces as hyphens."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in headings(page)
    }


def section(page: Path, heading: str) -> str:
    """The text below one heading, up to the next of its level or above. Raises KeyError if the page
    has no such heading.
    """
    text = page.read_text(encoding="utf-8")
    found = re.search(rf"^(#+) {re.escape(heading)}\n", text, re.MULTILINE)
    if found is None:
        raise KeyError(f"{page.name} has no heading {heading!r}")
    return re.split(
        rf"^#{{1,{len(found[1])}}} ", text[found.end() :], maxsplit=1, flags=re.MULTILINE
    )[0]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each table row in `text`, without the headers."""
    body = False
    for line in text.splitlines():
        if not line.startswith("|"):
            body = False
        elif re.fullmatch(r"\|[-| ]+\|", line):
            body = True
        elif body:
            yield [
                cell.strip()
                for cell in re.split(r" \|(?= )", line.removeprefix("|").removesuffix("|"))
            ]


def named(pattern: str, files: Iterable[Path]) -> dict[str, set[str]]:
    """The matches of `pattern` in the files, with the files they are in (paths relative to the
    repository's root).
    """
    found: dict[str, set[str]] = {}
    for file in files:
        for name in re.findall(pattern, file.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(str(file.relative_to(ROOT)))
    return found
