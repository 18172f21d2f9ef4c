"""Pages in one language: what of another language they say without saying that it is another."""

import re
from collections.abc import Iterator
from functools import cache
from xml.etree.ElementTree import Element

from services.console import words
from shared.wording.language import is_japanese
from tests.support.hostile import HOSTILE, tree

_NOT_READ = {"script", "style", "textarea", "code", "pre", "kbd", "title"}
_READ_ALOUD = ("aria-label", "placeholder", "title", "alt")
_ENGLISH = re.compile(r"[A-Za-z]{3,} [A-Za-z]{2,}")
_KEY = re.compile(r"\b[a-z_]+(?:\.[a-z0-9_]+)+\b")


def said(html: str) -> Iterator[tuple[str, str, bool]]:
    """(language, text, whether somebody typed it) of everything that is read on the page."""
    yield from _said(tree(html), "", is_typed=False)


def _said(one: Element, tongue: str, *, is_typed: bool) -> Iterator[tuple[str, str, bool]]:
    if not isinstance(one.tag, str) or one.tag in _NOT_READ:
        return
    own, typed = one.get("lang", tongue), is_typed or one.tag in ("bdi", "option")
    for text in (one.text, *(one.get(name) for name in _READ_ALOUD)):
        yield own, text or "", typed
    for child in one:
        yield from _said(child, own, is_typed=typed)
        yield own, child.tail or "", typed


def foreign(html: str, page: str) -> list[str]:
    """Of a page in English: Japanese letters that are not said to be Japanese; of one in Japanese:
    English sentences that are not said to be English; of both: names of sentences.
    """
    found = []
    for tongue, text, is_typed in said(html):
        if page == "en" and tongue[:2] != "ja" and is_japanese(text):
            found.append(text.strip())
        if page == "ja" and tongue[:2] != "en" and _ENGLISH.search(_without_names(text)):
            found.append(text.strip())
        if not is_typed:
            found += [one for one in _KEY.findall(text) if one in _keys()]
    return found


def _without_names(text: str) -> str:
    """Names may be in any letters; where there is little room, only their beginning is shown."""
    beginning = text.strip().removesuffix("…")
    if beginning != text.strip() and any(one.startswith(beginning) for one in HOSTILE):
        return ""
    for one in sorted(HOSTILE, key=len, reverse=True):
        text = text.replace(one, "")
    return text


@cache
def _keys() -> set[str]:
    return {key for page in words.pages() for key in words.of_page(page)}
