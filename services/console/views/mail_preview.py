"""A mail's HTML as a page can show it: nothing of it runs, loads, or leads anywhere. Pure.

What is not known here is left out. Styles of elements become classes of one sheet, so that the
policy names that sheet by its hash and allows no other.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

_ELEMENTS = """
    a b blockquote br code div em h1 h2 h3 hr i img li ol p pre small span strong sub sup
    table tbody td tfoot th thead tr u ul
"""
_SHOWN = frozenset(_ELEMENTS.split())
_VOID = frozenset({"br", "hr", "img"})
_UNSEEN = frozenset({"script", "title", "noscript", "iframe", "object", "template", "svg", "math"})
"""Elements that are left out with what is in them."""
_ATTRIBUTES = """
    align alt bgcolor border cellpadding cellspacing colspan dir height lang role rowspan
    start valign width
"""
_KEPT = frozenset(_ATTRIBUTES.split())
"""`src` and `href` are not among them."""
_LOADS = re.compile(r"@import|url\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Preview:
    html: str
    policy: str
    """The whole `Content-Security-Policy` of it."""


def preview(html: str, locale: str) -> Preview:
    """`html`: of a mail. Linear in its length."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    sheet = reader.sheet()
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    page = (
        f'<!doctype html>\n<html lang="{escape(locale)}"><head><meta charset="utf-8">'
        f"<title>{escape(reader.title)}</title><style>{sheet}</style></head>"
        f"<body{reader.body}>{''.join(reader.written)}</body></html>\n"
    )
    return Preview(
        page,
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox",
    )


@dataclass(slots=True)
class _Parts:
    """What has been read. `hidden`: elements that are open and are left out."""

    styles: dict[str, str] = field(default_factory=dict)
    sheets: list[str] = field(default_factory=list)
    hidden: int = 0


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self.title = ""
        self.body = ""
        self._parts = _Parts()
        self._within = ""

    def sheet(self) -> str:
        rules = [f".{name}{{{style}}}" for style, name in self._parts.styles.items()]
        # What ends a style element could begin another one.
        return "".join([*self._parts.sheets, *rules]).replace("<", "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("title", "style"):
            self._within = tag
        elif tag in _UNSEEN:
            self._parts.hidden += 1
        elif tag == "body":
            self.body = self._attributes(attrs)
        elif tag in _SHOWN and not self._parts.hidden:
            self.written.append(f"<{tag}{self._attributes(attrs)}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SHOWN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""
        elif tag in _UNSEEN:
            self._parts.hidden = max(0, self._parts.hidden - 1)
        elif tag in _SHOWN - _VOID and not self._parts.hidden:
            self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._within == "title":
            self.title += data
        elif self._within == "style":
            self._parts.sheets.append("" if _LOADS.search(data) else data)
        elif not self._parts.hidden:
            self.written.append(escape(data, quote=False))

    def _attributes(self, attrs: list[tuple[str, str | None]]) -> str:
        kept = [(name, value or "") for name, value in attrs if name in _KEPT]
        style = next((value for name, value in attrs if name == "style" and value), "")
        if style and not set(style) & set("{}@\\") and "url(" not in style.lower():
            styles = self._parts.styles
            kept.append(("class", styles.setdefault(style, f"s{len(styles)}")))
        return "".join(f' {name}="{escape(value)}"' for name, value in kept)
