"""How long customers take to their first upsell, also counting those who have not moved (R-203)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from services.trigger.process.figures.answer import Figures, Question, Row, Rows
from services.trigger.process.figures.exact import rounded
from services.trigger.process.figures.months import whole_months
from services.trigger.process.figures.survival import Wait, curve, quantile

DAY = timedelta(days=1)
MONTH = Fraction(304375, 10_000)
"""Days."""


@dataclass(frozen=True, slots=True)
class Life:
    """An account that started in the period with a plan above.

    `upgraded_at`: its first upsell. `ended_at`: the first end of its subscription.
    """

    account: str
    start: datetime
    upgraded_at: datetime | None = None
    ended_at: datetime | None = None


def report(lives: Sequence[Life], question: Question) -> Figures:
    waits = [wait(life, question.passed) for life in lives]
    upgraded = sum(one.moved for one in waits)
    steps = [{"days": day, "percent": left} for day, left in curve(waits)] if question.curve else []
    return Figures(
        Rows(len(lives), lambda n: _row(lives[n], waits[n], question)),
        {
            "accounts": len(lives),
            "upgraded": upgraded,
            "censored": len(lives) - upgraded,
            "median_months": _months(quantile(waits, Fraction(1, 2))),
            "p75_months": _months(quantile(waits, Fraction(1, 4))),
            **({"curve": steps} if question.curve else {}),
        },
    )


def wait(life: Life, passed: datetime) -> Wait:
    """Until the first upsell; or until the subscription's end, or as far as the report sees."""
    sight = min(life.ended_at or passed, passed)
    moved = life.upgraded_at is not None and _is_seen(life.upgraded_at, life.ended_at, passed)
    until = life.upgraded_at if moved and life.upgraded_at else sight
    return Wait(max(until - life.start, timedelta()) // DAY, moved)


def _is_seen(upgraded_at: datetime, ended_at: datetime | None, passed: datetime) -> bool:
    return upgraded_at < passed and (ended_at is None or upgraded_at <= ended_at)


def _row(life: Life, one: Wait, question: Question) -> Row:
    at = life.upgraded_at if one.moved else None
    return {
        "account": life.account,
        "start": life.start,
        "upgraded_at": at,
        "days": None if at is None else one.days,
        "months": None if at is None else _months(one.days),
        "calendar_months": None
        if at is None
        else max(whole_months(life.start, at, question.time_zone), 0),
    }


def _months(days: int | None) -> Decimal | None:
    return None if days is None else rounded(days / MONTH, 2)
