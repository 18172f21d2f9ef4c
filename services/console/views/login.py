"""Pages of log-in that say one thing: that something was refused, is over, or has to be confirmed.
Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the page's words, and what it needs."""

    key: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A form: `hidden` fields, the `typed` texts, and the words of its button."""

    action: str
    button: str
    hidden: Sequence[tuple[str, str]] = ()
    typed: Sequence[tuple[str, str]] = ()
    variables: Variables = field(default_factory=dict)
    """Of the button's words."""
    roles: Sequence[str] = ()
    """Of whom the button logs in: which they are, and what they come for."""


@dataclass(frozen=True, slots=True)
class Notice:
    """`links`: addresses, and their words. `typed`: what was typed and not sent, to copy."""

    title: str
    said: Sequence[Said] = ()
    links: Sequence[tuple[str, str]] = ()
    forms: Sequence[Asked] = ()
    typed: Sequence[tuple[str, str]] = ()


def lines(text: str) -> int:
    """Of a field that shows it."""
    return min(max(text.count("\n") + 1, 1 + len(text) // 80), 12)


def view(notice: Notice) -> dict[str, Any]:
    return {"notice": notice, "lines": lines}
