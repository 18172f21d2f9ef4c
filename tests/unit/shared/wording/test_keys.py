"""Whoever decides names sentences by their keys: each key that a service or the demo names must be
in the catalogue.
"""

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

import pytest

from services.console import words
from shared.wording import SENTENCES

ROOT = Path(__file__).parents[4]
_NAMED = re.compile(
    r"""(?:\bsay|\bsentence|\bsaid)\(\s*"([a-z_]+\.[a-z0-9_.]+)"|"key": "([a-z_]+\.[a-z0-9_.]+)\""""
)


def _keys() -> list[tuple[str, str]]:
    sources = [
        path
        for folder in ("services", "plimsoll", "shared")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    return [
        (str(path.relative_to(ROOT)), one or two)
        for path in sources
        for one, two in _NAMED.findall(path.read_text(encoding="utf-8"))
    ]


def test_there_are_keys_to_check() -> None:
    assert len(_keys()) > 20


@pytest.mark.parametrize(("source", "key"), sorted(set(_keys())))
def test_a_key_that_is_named_is_in_the_catalogue(source: str, key: str) -> None:
    assert key in _known(source), f"{source} names {key}"


@cache
def _of_the_console() -> frozenset[str]:
    """Each of its pages has words of its own, named without the page."""
    return frozenset(key for page in words.pages() for key in words.of_page(page))


def _known(source: str) -> Collection[str]:
    return {*SENTENCES, *_of_the_console()} if source.startswith("services/console/") else SENTENCES
