"""The figures of a page, by the names that the API gives them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_VOID = frozenset({"input", "br", "img", "meta", "link", "hr", "rect", "line", "circle", "path"})


@dataclass
class Element:
    """`inside`: what it holds, in order."""

    tag: str
    given: Mapping[str, str]
    inside: list["Element"] = field(default_factory=list)

    def all(self, attribute: str) -> Iterator["Element"]:
        """Those within that have it, in order."""
        for one in self.inside:
            if attribute in one.given:
                yield one
            yield from one.all(attribute)

    def tags(self, name: str) -> Iterator["Element"]:
        for one in self.inside:
            if one.tag == name:
                yield one
            yield from one.tags(name)

    def fields(self) -> list[tuple[str, str]]:
        return [(one.given["data-field"], one.given.get("data-value", ""))
                for one in self.all("data-field")]  # fmt: skip


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(one)
        if tag not in _VOID:
            self.open.append(one)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        places = [n for n, one in enumerate(self.open) if one.tag == tag]
        if places:
            del self.open[places[-1] :]


def read(html: str) -> Element:
    reader = _Reader()
    reader.feed(html)
    return reader.open[0]


def plain(value: Any) -> str:
    """A value of the API's JSON as text, as its CSV has it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ";".join(plain(one) for one in value)
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def at(answer: Any, path: str) -> Any:
    """`at(answer, "totals.lost.other")`. Raises KeyError."""
    for name in path.split("."):
        answer = answer[name]
    return answer


def same(text: str) -> list[Any]:
    """For comparing: a number is the same whether it is written 0 or 0.0, and a text whether or not
    it is kept from spreadsheets.
    """
    parts = text.removeprefix("'").split(";")
    return [Decimal(one) if _NUMBER.fullmatch(one) else one for one in parts]
