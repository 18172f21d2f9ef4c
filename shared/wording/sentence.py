"""Builds a sentence from a template per language, whose placeholders name a variable and its
format, `{plan:bare}`.

A missing variable, or one of the wrong kind, is an error that names sentence and variable (R-150):
a reader never sees a placeholder.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from string import Formatter
from typing import Any

from shared.wording import kinds
from shared.wording.language import language

Variables = Mapping[str, Any]


class WordingError(ValueError):
    """A sentence cannot be built: an unknown key, a missing variable, or one that cannot be
    formatted.
    """


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in both languages. `defaults` holds variables that may be omitted."""

    ja: str
    en: str
    defaults: Variables = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """Its variables and the kind of each (`kinds.KINDS`)."""
        return {name: kind for text in (self.ja, self.en) for _, name, kind in parts(text) if name}

    def say(self, variables: Variables, locale: str) -> str:
        given = {**self.defaults, **variables}
        template = self.ja if language(locale) == "ja" else self.en
        return "".join(
            literal + (_word(name, kind, given, locale) if name else "")
            for literal, name, kind in parts(template)
        )


@cache
def parts(template: str) -> tuple[tuple[str, str, str], ...]:
    """(text before the placeholder, variable or "", kind or "")."""
    return tuple(
        (literal, name or "", kind or "") for literal, name, kind, _ in Formatter().parse(template)
    )


def _word(name: str, kind: str, given: Variables, locale: str) -> str:
    if name not in given or (given[name] is None and kind not in kinds.NULLABLE):
        raise WordingError(f"variable {name!r} is missing")
    write: Callable[[Any, Variables, str], str] = kinds.KINDS[kind]
    try:
        return write(given[name], given, locale)
    except (ArithmeticError, KeyError, TypeError, ValueError) as fault:
        raise WordingError(f"variable {name!r} cannot be written as {kind or 'text'}") from fault
