"""How full a limit is, as a drawable bar with a mark at the threshold."""

from dataclasses import dataclass
from typing import Literal

from shared.messages import Facts
from shared.wording.amounts import threshold_text

Piece = Literal["used", "mark", "free"]


@dataclass(frozen=True, slots=True)
class Bar:
    """In percent of the limit, rounded down. `full` is what the whole length stands for: the limit,
    or more if more is used.

    `mark` is the position of the threshold, None if that is the end of the bar; `label` names it:
    `95%`, `9 GB`.
    """

    percent: int
    mark: int | None
    label: str
    full: int

    @property
    def filled(self) -> int:
        """The used hundredths of the length: not all of them before everything is used."""
        return min(self.percent * 100 // self.full, 100)

    @property
    def marked(self) -> int | None:
        """The hundredth of the length that contains the mark."""
        return None if self.mark is None else min(self.mark * 100 // self.full, 99)

    def pieces(self) -> tuple[tuple[Piece, int], ...]:
        """From the left: the kind of each segment and its width in hundredths. The widths add up to
        a hundred.
        """
        if self.marked is None:
            found: list[tuple[Piece, int]] = [("used", self.filled), ("free", 100 - self.filled)]
        else:
            before, behind = self.marked, 99 - self.marked
            used = min(self.filled, before), min(max(self.filled - before - 1, 0), behind)
            found = [
                ("used", used[0]),
                ("free", before - used[0]),
                ("mark", 1),
                ("used", used[1]),
                ("free", behind - used[1]),
            ]
        return tuple((piece, width) for piece, width in found if width)


def bar(facts: Facts, locale: str) -> Bar | None:
    """None without a limit."""
    if facts.meter is None or not facts.limit or facts.percent is None:
        return None
    percent, mark = max(facts.percent, 0), facts.level_percent
    full = max(100, percent, mark or 0)
    if full > 100 and (mark is None or mark < 100 or mark == full):
        return Bar(percent, 100, "100%", full)
    if mark is None or facts.level is None or mark >= full:
        return Bar(percent, None, "", full)
    return Bar(percent, mark, threshold_text(facts.level, facts.meter.unit, locale), full)
