"""Names and texts that try to be more than text, and what a page must not have become by them."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from xml.etree.ElementTree import Element

import tinyhtml5

RTL, ISOLATE, ZWJ = "\u202e", "\u2066", "\u200d"
LONGEST_NAME = 200
HOSTILE = (
    "<img src=x onerror=evil()>",
    "</script><script>evil()</script>",
    "\"'><x-evil data-evil autofocus onfocus=evil()>",
    "{{7*7}}{% if evil %}{{ evil }}{% endif %}${7*7}#{7*7}",
    f"{RTL}gnp.elif {ISOLATE}evil",
    f"family {ZWJ}\N{MAN}{ZWJ}\N{WOMAN}{ZWJ}\N{GIRL}",
    "javascript:evil()",
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1-1=1",
    "Z\u0351\u0343a\u0353\u0341l\u033b\u0369g\u0352\u0489o",
    "\N{PILE OF POO}\N{REGIONAL INDICATOR SYMBOL LETTER J}\N{REGIONAL INDICATOR SYMBOL LETTER P}",
    "</title></textarea></option></svg></style><x-evil>",
    "<!--<x-evil>--><![CDATA[<x-evil>]]>",
    "&lt;b&gt;&amp;&#60;x-evil&#62;&quot;",
    "' or 1=1 --; drop table account",
    "../../../etc/passwd?a=b#c%00%2e",
    "a\u2028b\u2029c\ufeffd",
    "㍿株式会社ﾊﾝｶｸ\u3000全角",
    "<svg onload=evil()><a href=javascript:evil()>x</a>",
    "W" * LONGEST_NAME,
)
_ISOLATED = {"bdi", "textarea", "option", "title", "pre"}
"""Elements out of which the direction of a text does not reach."""
_LINKS = {"href", "src", "action", "formaction", "data-stream"}
_LEADS = re.compile(r"/console(?:/[^/\\]|[?#]|\Z)|#|/v1/widget/")
_SCRIPT = re.compile(r"/console/static/[a-z]+\.[0-9a-f]+\.js")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def tree(html: str) -> Element:
    """As a browser reads it."""
    root: Element = tinyhtml5.parse(html, namespace_html_elements=False)
    return root


def evil_of(html: str) -> list[str]:
    """What is more than text in this page, and should not be."""
    found = ["NUL"] if "\0" in html else []
    for one in tree(html).iter():
        if isinstance(one.tag, str):
            found += _evil_of(one)
    return found


def _evil_of(one: Element) -> Iterator[str]:
    if one.tag in ("img", "style", "base", "object", "embed", "x-evil"):
        yield f"<{one.tag}>"
    if one.tag == "script" and (one.text or not _SCRIPT.fullmatch(one.get("src", ""))):
        yield f"<script src={one.get('src')!r}>"
    for name, value in one.attrib.items():
        if name.startswith("on") or name in ("style", "autofocus", "data-evil", "srcdoc"):
            yield f"{name}={value!r}"
        if name in _LINKS and not _LEADS.match(value):
            yield f"leads to {value!r}"
    if RTL in (one.text or "") and one.tag not in _ISOLATED:
        yield f"turns round what is around <{one.tag}>"
    if any(RTL in (child.tail or "") for child in one):
        yield f"turns round what is in <{one.tag}>"


def formulas_of(table: str) -> list[str]:
    """Cells of a CSV file that a spreadsheet would run."""
    cells = [cell for row in csv.reader(StringIO(table.removeprefix("\ufeff"))) for cell in row]
    numbers = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
    return [one for one in cells if one.startswith(_FORMULA) and not numbers.fullmatch(one)]
