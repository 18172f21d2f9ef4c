"""What a customer is worth: monthly price times months, once on average and once piece by piece
(R-209, R-210).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.trigger.process.figures.answer import Figures, Question, Row
from services.trigger.process.figures.exact import rounded
from shared.values.money import money_text


@dataclass(frozen=True, slots=True)
class Part:
    """Sums over moments that lie in a month of the same length.

    Each moment is `months` whole months and a `rest` of the next one, in microseconds, after its
    subscription began. `months`, `rest`: over the ends of subscriptions. `arr_months`, `arr_rest`:
    over the changes and ends of subscriptions, each times the ARR that ended less the one that
    began there.
    """

    length: int
    months: int
    rest: int
    arr_months: Decimal
    arr_rest: Decimal


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The accounts of a currency that were subscribed in the period. `last_arr`: the sum of each
    one's last ARR.
    """

    currency: str
    accounts: int
    last_arr: Decimal
    parts: Sequence[Part]


def report(subscribed: Sequence[Subscribed], unknown: int, question: Question) -> Figures:
    return Figures([_row(one) for one in subscribed if one.accounts], {"unknown": unknown})


def _row(one: Subscribed) -> Row:
    arpa = Fraction(one.last_arr) / 12 / one.accounts
    months = sum(
        (part.months + Fraction(part.rest, part.length) for part in one.parts), Fraction(0)
    )
    paid = sum(
        (Fraction(part.arr_months) + Fraction(part.arr_rest) / part.length for part in one.parts),
        Fraction(0),
    )
    tenure = months / one.accounts
    return {
        "currency": one.currency,
        "accounts": one.accounts,
        "arpa": money_text(arpa, one.currency),
        "months": rounded(tenure, 2),
        "ltv": money_text(arpa * tenure, one.currency),
        "ltv_piecewise": money_text(paid / 12 / one.accounts, one.currency),
    }
