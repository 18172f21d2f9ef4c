"""Two versions of the catalogue beside each other. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.views import differences
from shared.wording.language import Language


@dataclass(frozen=True, slots=True)
class Wanted:
    """0: none."""

    a: int
    b: int


def wanted(query: Mapping[str, str], known: Sequence[int]) -> Wanted:
    """What the address does not say is the version in force, and the one before it."""
    b = _number(query.get("b", "")) or (known[0] if known else 0)
    before = next((one for one in known if one != b), b)
    return Wanted(_number(query.get("a", "")) or before, b)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def view(
    asked: Wanted,
    found: Mapping[str, Any],
    catalogue: Mapping[str, Any] | None,
    known: Sequence[int],
    language: Language,
) -> dict[str, Any]:
    versions = sorted({*known, asked.a, asked.b}, reverse=True)
    return {
        "asked": asked,
        "versions": [(str(one), str(one)) for one in versions],
        "found": differences.view(found, catalogue, language),
    }
