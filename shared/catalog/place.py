"""A place in a document: its value, its path, and the list that collects all faults.

Reading never stops at a fault. It notes it and continues with a harmless stand-in, so that all
faults are reported together; the caller must check `faults` at the end and discard the result if
there are any.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from itertools import islice
from typing import Final, TypeVar

from shared.values.characters import is_storable
from shared.values.faults import Fault, pointer_part
from shared.values.quantities import bounded, parse_limit, parse_quantity

T = TypeVar("T")
LONGEST_ID = 256
LONGEST_TEXT = 2000
MOST_FAULTS: Final = 1_000
"""The most faults reported at a time."""
_HINTED = 20
_MOST_KNOWN = 500
_LONGEST_HINTED = 64


class _Unusable:
    """Replaces a value whose fault has already been noted."""


UNUSABLE: Final = _Unusable()


def pointer(path: str, key: str | int) -> str:
    """The JSON pointer one step further (RFC 6901)."""
    return path + pointer_part(key)


def hint(word: str, known: Iterable[str]) -> str:
    """`: did you mean 'thresholds'?` if a known word is close, else an empty string. Compares with
    at most 500 words.
    """
    near = (
        get_close_matches(word, list(islice(known, _MOST_KNOWN)), n=1, cutoff=0.6)
        if len(word) <= _LONGEST_HINTED
        else []
    )
    return f": did you mean {near[0]!r}?" if near else ""


@dataclass(slots=True)
class Hints:
    """Suggestions for the first misspelt names of a request: each costs a comparison with all known
    ones.
    """

    left: int = _HINTED

    def of(self, word: str, known: Iterable[str]) -> str:
        self.left -= 1
        return hint(word, known) if self.left >= 0 else ""


class Place:
    __slots__ = ("faults", "path", "value")

    def __init__(self, value: object, path: str, faults: list[Fault]) -> None:
        self.value, self.path, self.faults = value, path, faults

    def fault(self, reason: str) -> None:
        if self.value is not UNUSABLE and not self.is_full:
            self.faults.append(Fault(self.path, reason))

    def unknown(self, reason: str, word: str, known: Iterable[str]) -> None:
        """Notes the fault of a name; the first ones include a suggestion."""
        if self.value is not UNUSABLE:
            self.fault(reason + (hint(word, known) if len(self.faults) < _HINTED else ""))

    @property
    def is_full(self) -> bool:
        """Whether the limit is reached and no more faults are noted."""
        return len(self.faults) >= MOST_FAULTS

    def at(self, key: str | int, value: object) -> "Place":
        return Place(value, pointer(self.path, key), self.faults)

    def holds(self, key: str, value: object) -> bool:
        """Whether the document has exactly this value here, not a stand-in (true is not 1, nor is
        1.0).
        """
        found = self.value.get(key, UNUSABLE) if isinstance(self.value, dict) else UNUSABLE
        return type(found) is type(value) and found == value

    def lacks(self, key: str) -> bool:
        """Whether the document has no value here."""
        return isinstance(self.value, dict) and key not in self.value

    def fields(
        self, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, "Place"]:
        """A mapping with these keys and no others. Missing and unknown keys are noted, and absent
        from the result.
        """
        found = self.entries()
        known = [*required, *optional]
        for key, place in found.items():
            if key not in known:
                place.unknown("unknown key", key, known)
        if isinstance(self.value, dict):
            for key in required:
                if key not in found:
                    self.at(key, None).fault("is required")
        return {key: place for key, place in found.items() if key in known}

    def entries(self) -> dict[str, "Place"]:
        """A mapping with any keys."""
        if isinstance(self.value, dict):
            return {key: self.at(key, value) for key, value in self.value.items()}
        self.fault("must be a mapping")
        return {}

    def items(self) -> list["Place"]:
        if isinstance(self.value, list):
            return [self.at(index, value) for index, value in enumerate(self.value)]
        self.fault("must be a list")
        return []

    def text(self, longest: int = LONGEST_TEXT) -> str:
        """One line of text that every store and channel can hold."""
        if not isinstance(self.value, str):
            self.fault("must be text")
            return ""
        if not self.value.strip() or len(self.value) > longest:
            self.fault(f"must have 1 to {longest} characters")
            return ""
        if not is_storable(self.value):
            self.fault("must not hold control characters")
            return ""
        return self.value

    def identifier(self) -> str:
        """1 to 256 printable characters without `/` (ids are used in URL paths)."""
        return (
            self.value
            if is_identifier(self.value) and isinstance(self.value, str)
            else self._no_identifier()
        )

    def _no_identifier(self) -> str:
        self.fault(
            "must be text of 1 "
            f"to {LONGEST_ID} printable characters without / and without spaces around it"
        )
        return ""

    def whole(self, lowest: int, highest: int) -> int:
        if (
            isinstance(self.value, int)
            and not isinstance(self.value, bool)
            and lowest <= self.value <= highest
        ):
            return self.value
        self.fault(f"must be a whole number from {lowest} to {highest}")
        return lowest

    def number(self, lowest: int, highest: int) -> Decimal:
        if isinstance(self.value, int | Decimal) and not isinstance(self.value, bool):
            value = Decimal(self.value)
            if value.is_finite() and lowest <= value <= highest:
                return self._bounded(value)
        self.fault(f"must be a number from {lowest} to {highest}")
        return Decimal(lowest)

    def _bounded(self, value: Decimal) -> Decimal:
        return self.reading(lambda _: bounded(value), Decimal(0))

    def amount(self) -> Decimal:
        """A number of either sign, within what a column holds."""
        return self.reading(lambda value: bounded(Decimal(value)), Decimal(0))  # type: ignore[arg-type]

    def quantity(self) -> Decimal:
        return self.reading(parse_quantity, Decimal(1))

    def limit(self) -> Decimal | None:
        return self.reading(parse_limit, None)

    def reading(self, read: Callable[[object], T], instead: T) -> T:
        """The result of `read`; a ValueError becomes the fault's reason."""
        if self.value is UNUSABLE:
            return instead
        try:
            return read(self.value)
        except ValueError as error:
            self.fault(str(error))
            return instead

    def flag(self) -> bool:
        if isinstance(self.value, bool):
            return self.value
        self.fault("must be true or false")
        return False

    def choice(self, options: tuple[T, ...]) -> T:
        """One of `options`, which are strings."""
        for option in options:
            if self.value == option:
                return option
        self.unknown(
            f"must be one of {', '.join(map(str, options))}",
            self.value if isinstance(self.value, str) else "",
            map(str, options),
        )
        return options[0]


def is_identifier(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_ID
        and is_storable(value)
        and "/" not in value
        and value == value.strip()
    )
