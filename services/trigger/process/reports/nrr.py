"""Net revenue retention, and how much of it comes from moves to higher plans (R-205)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.trigger.process.figures.answer import Figures, Question, Row
from services.trigger.process.figures.exact import is_low, percent
from shared.values.money import money_text

Moves = Mapping[str, tuple[Decimal, Decimal]]

_EXPANSIONS = ("plan_upgrade", "seat_expansion", "add_on", "cross_sell", "price_change")
_SHOWN = {"limit_add_on": "add_on"}
_CHURN = "churn"
_SIGNED = ("price_change",)
_SHRINKING = ("downgrade", "contraction")


@dataclass(frozen=True, slots=True)
class Book:
    """The accounts of a currency that paid something just before the period.

    `kept`: the sum of the lower of start and end of each. `moves`: for each kind of change, the sum
    of those that added and of those that took away.
    """

    currency: str
    accounts: int
    start: Decimal
    end: Decimal
    kept: Decimal
    moves: Moves


def report(books: Sequence[Book], unknown: int, question: Question) -> Figures:
    return Figures([_row(book) for book in books], {"unknown": unknown})


def _row(book: Book) -> Row:
    kinds = _by_kind(book.moves)
    expansion = sum((kinds[kind] for kind in _EXPANSIONS), Decimal(0))
    upgrades = kinds["plan_upgrade"]
    return {
        "currency": book.currency,
        "accounts": book.accounts,
        "start": money_text(book.start, book.currency),
        **{kind: money_text(amount, book.currency) for kind, amount in kinds.items()},
        "end": money_text(book.end, book.currency),
        "nrr_percent": percent(book.end, book.start),
        "grr_percent": percent(book.kept, book.start),
        "plan_upgrade_points": percent(upgrades, book.start),
        "plan_upgrade_share_percent": percent(upgrades, expansion),
        "low_n": is_low(book.accounts),
    }


def _by_kind(moves: Moves) -> dict[str, Decimal]:
    """A lower price is contraction, like a lower plan."""
    kinds = dict.fromkeys((*_EXPANSIONS, "reactivation", "contraction", _CHURN), Decimal(0))
    for kind, (added, lost) in moves.items():
        shown = _SHOWN.get(kind, kind)
        if shown in _SIGNED:
            kinds[shown] += added
            kinds["contraction"] += lost
        elif shown in _SHRINKING:
            kinds["contraction"] += added + lost
        else:
            kinds[shown] += added + lost
    return kinds
