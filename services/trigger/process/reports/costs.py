"""What it costs to win a customer, and to win an upgrade from one (R-211)."""

from decimal import Decimal
from fractions import Fraction

from services.trigger.process.figures.answer import Figures, Flag, Question, Row
from services.trigger.process.figures.exact import ratio, share
from shared.catalog.process import Costs
from shared.values.money import money_text


def report(costs: Costs | None, proposals: int, won: int, question: Question) -> Figures:
    """`proposals`: sent in the period. `won`: plan lines won in it."""
    if costs is None:
        return Figures([_row(None, None, proposals, won, None)], flags=(Flag("costs_unknown"),))
    cost = ratio(Fraction(costs.proposal) * proposals, won)
    return Figures(
        [
            _row(costs.currency, share(costs.acquisition, costs.proposal), proposals, won, cost)
            | {"won_ratio": share(costs.acquisition, cost) if cost else None}
        ]
    )


def _row(
    currency: str | None,
    of_one: Decimal | None,
    proposals: int,
    won: int,
    cost: Fraction | None,
) -> Row:
    return {
        "currency": currency,
        "ratio": of_one,
        "proposals": proposals,
        "won": won,
        "cost_per_won": None if cost is None or currency is None else money_text(cost, currency),
        "won_ratio": None,
    }
