"""What a report answers: rows, totals and flags. And what it was asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, overload

Row = dict[str, Any]

WINDOW = 90
"""Days within which an upgrade counts for an offer."""

LTV_TARGET = Decimal("1.5")


@dataclass(frozen=True, slots=True)
class Question:
    """A report's parameters: what happened at `since` or later and before `until`.

    `before`: the period that a comparison starts from. `curve`: also each step of a survival.
    """

    since: datetime
    until: datetime
    now: datetime
    time_zone: str = "UTC"
    by: str | None = None
    currency: str | None = None
    at: datetime | None = None
    family: str | None = None
    before: tuple[datetime, datetime] | None = None
    window: int = WINDOW
    experiment: str | None = None
    ltv_target: Decimal = LTV_TARGET
    curve: bool = False

    @property
    def passed(self) -> datetime:
        """Until when anything can be known: the period's end, or now if that is earlier."""
        return min(self.until, self.now)

    @property
    def former(self) -> tuple[datetime, datetime]:
        """The period before: named, or just as long and directly before this one."""
        return self.before or (self.since - (self.until - self.since), self.since)


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that readers should act on. `variables`: what its sentence says."""

    flag: str
    variables: Mapping[str, Any] = field(default_factory=dict)


class Rows(Sequence[Row]):
    """One for each of `count` things, made when it is looked at: a page shows few of very many."""

    def __init__(self, count: int, make: Callable[[int], Row]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        found = range(self._count)[at]
        return self._make(found) if isinstance(found, int) else [self._make(n) for n in found]


@dataclass(frozen=True, slots=True)
class Figures:
    """`rows`: what is said per something, or the only row. `totals`: what is said of the whole."""

    rows: Sequence[Row]
    totals: Row = field(default_factory=dict)
    flags: Sequence[Flag] = ()
