"""The words of a page: its own, else those that all pages have."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from shared.wording.sentence import Sentence, WordingError
from shared.wording.texts import console

COMMON = "common"
Say = Callable[..., str]


@cache
def of_page(page: str) -> Mapping[str, Sentence]:
    """Name -> sentence. Every page has a file of its own in `shared/wording/texts/console/`."""
    return {**_own(COMMON), **_own(page)}


@cache
def pages() -> frozenset[str]:
    """Which have words."""
    return frozenset(module.name for module in iter_modules(console.__path__))


def _own(page: str) -> Mapping[str, Sentence]:
    if page not in pages():
        return {}
    found: Mapping[str, Sentence] = import_module(f"{console.__name__}.{page}").SENTENCES
    return found


def speaker(page: str, locale: str, time_zone: str) -> Say:
    """`say("title")` is the page's sentence of this name, or the one that all pages have."""
    sentences = of_page(page)

    def say(key: str, /, **variables: Any) -> str:
        try:
            return sentences[key].say({"time_zone": time_zone, **variables}, locale)
        except (KeyError, WordingError) as fault:
            raise WordingError(f"{page}: {key}: {fault}") from fault

    return say


def knows(page: str, name: str) -> bool:
    """Whether there are such words: a code of the API may be newer than they are."""
    return name in of_page(page)
