"""Which proposal each upsell is credited to: the newest that arrived before it (BP-19)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from services.trigger.process.figures.answer import Figures, Question
from services.trigger.process.reports.amounts import Upsell
from shared.values.money import money_text

WINDOWS = {
    "message": timedelta(days=30),
    "quote": timedelta(days=30),
    "person": timedelta(days=90),
}
"""How long before the upsell a proposal still counts, by channel."""


@dataclass(frozen=True, slots=True)
class Move:
    """An upsell, and the plan it led to."""

    upsell: Upsell
    plan: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """A proposal that reached the customer. `play`: the signal it was made for."""

    id: str
    account: str
    at: datetime
    plan: str
    channel: str
    play: str = ""


@dataclass(frozen=True, slots=True)
class Attributed:
    """`touches`: all proposals that may have led to the upsell, newest first."""

    move: Move
    touches: tuple[Delivered, ...]

    @property
    def credited(self) -> Delivered | None:
        return self.touches[0] if self.touches else None


@dataclass(frozen=True, slots=True)
class Ladder:
    """Which plans come before which: each plan's family and rank."""

    ranks: Mapping[str, tuple[str, int]]

    def leads_to(self, plan: str, bought: str) -> bool:
        """Whether it is that plan or a lower one of its family."""
        if plan == bought:
            return True
        lower, upper = self.ranks.get(plan), self.ranks.get(bought)
        return lower is not None and upper is not None and _is_below(lower, upper)


def attributed(
    moves: Iterable[Move], proposals: Iterable[Delivered], ladder: Ladder
) -> list[Attributed]:
    mine: defaultdict[str, list[Delivered]] = defaultdict(list)
    for one in sorted(proposals, key=lambda one: (one.at, one.id), reverse=True):
        mine[one.account].append(one)
    return [
        Attributed(
            move,
            tuple(one for one in mine[move.upsell.account] if _touches(one, move, ladder)),
        )
        for move in moves
    ]


def report(found: Sequence[Attributed], question: Question) -> Figures:
    credited = sum(one.credited is not None for one in found)
    return Figures(
        [
            {
                "account": one.move.upsell.account,
                "at": one.move.upsell.at,
                "currency": one.move.upsell.currency,
                "year": year(one.move.upsell.amount, one.move.upsell.currency),
                "credited": one.credited.id if one.credited else None,
                "touches": [touch.id for touch in one.touches],
            }
            for one in found
        ],
        {
            "upsells": len(found),
            "credited": credited,
            "unknown": len({one.move.upsell.account for one in found if not _is_known(one)}),
        },
    )


def year(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else money_text(amount, currency)


def _is_known(one: Attributed) -> bool:
    return one.move.upsell.amount is not None


def _touches(one: Delivered, move: Move, ladder: Ladder) -> bool:
    before = move.upsell.at - one.at
    return timedelta() <= before <= WINDOWS[one.channel] and ladder.leads_to(one.plan, move.plan)


def _is_below(lower: tuple[str, int], upper: tuple[str, int]) -> bool:
    return lower[0] == upper[0] and lower[1] < upper[1]
