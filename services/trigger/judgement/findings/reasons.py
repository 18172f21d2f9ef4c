"""All current reasons for the step: raised now, or raised earlier and still open. Most important
first (R-040).

The person who sells gets all of them: the newest alone could hide the decisive one.
"""

from collections.abc import Iterable
from dataclasses import replace

from services.trigger.judgement.case import Case
from services.trigger.judgement.facts.facts import Signal
from services.trigger.judgement.findings.signals import NEVER_PROPOSES, PRIORITY
from services.trigger.judgement.question import Question

MOST = 8
"""Reasons listed for a person; a text has to end somewhere."""

Reason = tuple[str, str]
"""A signal's type and key."""


def open_reasons(case: Case) -> tuple[Signal, ...]:
    newest = {
        (one.type, one.key): one
        for one in (*case.facts.signals, *case.signals)
        if one.holds(case.at)
    }
    return by_importance(one for one in newest.values() if one.type not in NEVER_PROPOSES)


def by_importance(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    return tuple(sorted(signals, key=lambda one: (-PRIORITY.get(one.type, 0), one.type, one.key)))


def names(signals: Iterable[Signal]) -> tuple[Reason, ...]:
    return tuple((one.type, one.key) for one in signals)


def with_all(question: Question) -> Question:
    """The same question with all its reasons."""
    return replace(question, signals=open_reasons(question))
