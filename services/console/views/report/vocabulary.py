"""The words of a report, and what its codes are called in them. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Say = Callable[..., str]
Found = Mapping[str, Any]
"""A report as the API has it."""

FEW = 10
"""Of fewer than this, a percentage says little."""

_VOCABULARIES = {"owner": "role", "reason": "play"}
"""What the keys of a breakdown are."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`by`: what the report is broken down by, if it is."""

    say: Say
    knows: Callable[[str], bool]
    by: str = ""

    def word(self, column: str, value: object) -> str:
        """What a code is called; empty if it is no code, or one that is newer than the words."""
        if column == "key":
            keys = [f"value.{_VOCABULARIES.get(self.by, column)}.{value}", f"value.key.{value}"]
        else:
            keys = [f"stage.{value}" if column == "stage" else f"value.{column}.{value}"]
        return next((self.say(key) for key in keys if self.knows(key)), "")

    def of(self, column: str, value: object) -> str:
        return self.word(column, value) or str(value)

    def counted(self, key: str, cases: int, /, **variables: Any) -> str:
        """The sentence of this name, or, of few cases, the one without a percentage."""
        return self.say(f"finding.{key}.few" if cases < FEW else f"finding.{key}", **variables)
