"""Does a play do harm? It pauses by itself when complaints or refusals exceed their share of what was sent (R-080, R-214, R-081)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from shared.catalog.types import Guardrails


@dataclass(frozen=True, slots=True)
class Play:
    """What became of one play's proposals. A play is a signal type."""

    key: str
    sent: int
    complaints: int = 0
    unsubscribes: int = 0
    helpful: int = 0
    unwanted: int = 0

    @property
    def helpful_percent(self) -> Decimal | None:
        answered = self.helpful + self.unwanted
        return None if not answered else Decimal(100 * self.helpful) / answered


def pauses(play: Play, rules: Guardrails) -> str | None:
    """Why the play is paused; None while it may go on. Exactly the allowed share still may."""
    if play.sent < rules.min_sends:
        return None
    for name, count, allowed in (
        ("complaints", play.complaints, rules.complaint_percent),
        ("unsubscribes", play.unsubscribes, rules.unsubscribe_percent),
    ):
        if count * 100 > allowed * play.sent:
            return f"{count} {name} in {play.sent} sends (over {allowed} %)"
    return None


def effect(before: list[int], after: list[int]) -> Decimal | None:
    """How the mean score (NPS or CSAT) moved with a play, to one decimal (R-081); None where one side is empty."""
    if not before or not after:
        return None
    moved = Decimal(sum(after)) / len(after) - Decimal(sum(before)) / len(before)
    return moved.quantize(Decimal("0.1"), ROUND_HALF_UP)
