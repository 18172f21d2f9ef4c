"""Everything that speaks for the step now: what was raised, and what was raised before and still holds. The most important first (R-040).

An opportunity is talked about for all its reasons: the newest alone would hide the one that decides.
"""

from collections.abc import Iterable
from dataclasses import replace

from services.trigger.judgement.case import Case
from services.trigger.judgement.facts import Signal
from services.trigger.judgement.question import Question
from services.trigger.judgement.signals import NEVER_PROPOSES, PRIORITY

MOST = 8
"""Reasons that a person is told; a text has an end."""

Reason = tuple[str, str]
"""The type of a signal, and its key."""


def open_reasons(case: Case) -> tuple[Signal, ...]:
    newest = {(one.type, one.key): one for one in (*case.facts.signals, *case.signals) if one.holds(case.at)}
    return by_importance(one for one in newest.values() if one.type not in NEVER_PROPOSES)


def by_importance(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    return tuple(sorted(signals, key=lambda one: (-PRIORITY.get(one.type, 0), one.type, one.key)))


def names(signals: Iterable[Signal]) -> tuple[Reason, ...]:
    return tuple((one.type, one.key) for one in signals)


def with_all(question: Question) -> Question:
    """The same question for all its reasons."""
    return replace(question, signals=open_reasons(question))
