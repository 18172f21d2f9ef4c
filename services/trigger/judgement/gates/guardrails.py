"""Whether a play does harm: it pauses automatically when complaints or refusals exceed their
allowed share of sends (R-080, R-214, R-081).
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from shared.catalog.types import Guardrails


@dataclass(frozen=True, slots=True)
class Play:
    """The results of one play's proposals. A play is a signal type."""

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
    """Why the play is paused; None while it may continue.

    Exactly the allowed share is still allowed.
    """
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
    """The change of the mean score (NPS or CSAT) to one decimal (R-081); None without two sides."""
    if not before or not after:
        return None
    moved = Decimal(sum(after)) / len(after) - Decimal(sum(before)) / len(before)
    return moved.quantize(Decimal("0.1"), ROUND_HALF_UP)
