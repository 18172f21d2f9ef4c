"""A gate as one object: what it is called, what it asks, and what a block of it means.

The object is beside its function; `pipeline.GATES` has all of them in order. What people read of
a gate is `shared/wording/texts/gates.py`; its row is in docs/judgement.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from services.trigger.judgement.case import Case
from services.trigger.judgement.decision import Answer
from shared.values.periods import add_business_days

Asked = TypeVar("Asked", bound=Case, contravariant=True)
Due = Callable[[datetime, str], datetime]
"""From now and the account's time zone to when a task is due."""


@dataclass(frozen=True, slots=True)
class Instead:
    """The task that a block gives to customer success (R-073); `remedy.<task>` words it."""

    task: str
    due: Due


@dataclass(frozen=True, slots=True)
class Gate(Generic[Asked]):
    """`ask` is a function of the case, or of the question with the findings about the offer.

    `suppresses`: a block is a state of the account, shown with it and held between decisions; the
    offer is withheld. `withholds`: the offer is withheld, but nothing is held against the account.
    Without either, a block says that there is nothing to offer. `ended_by`: the types of facts
    that come in masses and can end a block; the backtest skips all others of them.
    """

    name: str
    ask: Callable[[Asked], Answer]
    suppresses: bool = False
    withholds: bool = False
    remedy: Instead | None = None
    ended_by: frozenset[str] = frozenset()


def business_days(count: int) -> Due:
    return lambda now, zone: add_business_days(now, count, zone)


def days(count: int) -> Due:
    return lambda now, zone: now + timedelta(days=count)
