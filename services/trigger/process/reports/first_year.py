"""How many customers move up in their first year, and what those who leave were missing (R-207,
R-208).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.trigger.process.figures.answer import Figures, Flag, Question, Row
from services.trigger.process.figures.exact import is_low, percent
from services.trigger.process.figures.keys import band, grouped

BAND = (30, 50)
SINGLE_DIGIT = 10
LEAST_N = 10


@dataclass(frozen=True, slots=True)
class Starters:
    """Accounts that started in the period with a plan above, a year of which has passed.

    `key`: what the report is broken down by. `upgraded`: by day 365.
    """

    key: str | None
    accounts: int
    upgraded: int


@dataclass(frozen=True, slots=True)
class Churns:
    """Subscriptions that ended in the period.

    `missing_feature`: for want of a feature that a higher plan has.
    """

    churned: int
    missing_feature: int


def report(starters: Sequence[Starters], churns: Churns, question: Question) -> Figures:
    groups = grouped(starters, (lambda one: one.key) if question.by else None)
    return Figures(
        [{"key": key, **_figures(rows)} for key, rows in groups.items()],
        {
            **_figures(starters),
            "churned": churns.churned,
            "missing_feature": churns.missing_feature,
            "missing_feature_percent": percent(churns.missing_feature, churns.churned),
        },
        _flags(starters),
    )


def _figures(rows: Sequence[Starters]) -> Row:
    accounts, upgraded = _counts(rows)
    return {
        "accounts": accounts,
        "upgraded": upgraded,
        "percent": percent(upgraded, accounts),
        "band": band(upgraded, accounts, *BAND),
        "low_n": is_low(accounts),
    }


def _counts(rows: Sequence[Starters]) -> tuple[int, int]:
    return sum(row.accounts for row in rows), sum(row.upgraded for row in rows)


def _flags(starters: Sequence[Starters]) -> Sequence[Flag]:
    accounts, upgraded = _counts(starters)
    if accounts < LEAST_N or 100 * upgraded >= SINGLE_DIGIT * accounts:
        return ()
    said: Mapping[str, object] = {"percent": percent(upgraded, accounts), "accounts": accounts}
    return (Flag("single_digit_upgrade_rate", said),)
