"""What upsells brought, by month and against what these accounts began with (R-202)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.trigger.process.figures.answer import Figures, Question, Row
from services.trigger.process.figures.exact import mean, median, share, total
from services.trigger.process.figures.months import month_of
from shared.values.money import money_text


@dataclass(frozen=True, slots=True)
class Upsell:
    """`amount`: the added ARR. `initial`: the account's first ARR. None: a price is unknown."""

    account: str
    at: datetime
    currency: str
    amount: Decimal | None
    initial: Decimal | None


def report(upsells: Sequence[Upsell], question: Question) -> Figures:
    unknown = {one.account for one in upsells if one.amount is None or one.initial is None}
    months: defaultdict[tuple[str, str], list[Upsell]] = defaultdict(list)
    currencies: defaultdict[str, list[Upsell]] = defaultdict(list)
    for one in upsells:
        if one.account not in unknown:
            months[month_of(one.at, question.time_zone), one.currency].append(one)
            currencies[one.currency].append(one)
    return Figures(
        [
            {"month": month, "currency": currency, **_amounts(months[month, currency], currency)}
            for month, currency in sorted(months)
        ],
        {
            "currencies": [_whole(currencies[key], key) for key in sorted(currencies)],
            "unknown": len(unknown),
        },
    )


def _amounts(upsells: Sequence[Upsell], currency: str) -> Row:
    added = [one.amount for one in upsells if one.amount is not None]
    return {
        "upsells": len(added),
        "sum": money_text(total(added), currency),
        "mean": money_text(mean(added) or Decimal(0), currency),
        "median": money_text(median(added) or Decimal(0), currency),
    }


def _whole(upsells: Sequence[Upsell], currency: str) -> Row:
    initial = _initial(upsells)
    added = total(one.amount or Decimal(0) for one in upsells)
    return {
        "currency": currency,
        **_amounts(upsells, currency),
        "initial": money_text(initial, currency),
        "ratio": share(added, initial, 2),
    }


def _initial(upsells: Iterable[Upsell]) -> Decimal:
    """Each account's once."""
    return sum({one.account: one.initial or Decimal(0) for one in upsells}.values(), Decimal(0))
