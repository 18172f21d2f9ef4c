"""What an objection leaves to do for one of our people: tasks `goal` and `competitor`."""

from collections.abc import Sequence
from typing import Any

from services.trigger.process.log.entries import TaskOpened
from services.trigger.process.talk.packs import Pack
from services.trigger.process.talk.questions import GOAL_TASK
from shared.messages.facts import SaidFacts, TaskFacts

COMPETITOR = "competitor"


def goal() -> TaskOpened:
    """They do not see what it is good for: find out what they want to reach."""
    return TaskOpened(
        GOAL_TASK,
        "",
        TaskFacts(
            happened=(_said("signal.unsure"),),
            why_now=(_said("why.goal"),),
            say=(_said("goal.quarter"),),
            do_not_say=(_said("avoid.unconfirmed"),),
            next_step=(_said("next.goal"),),
        ),
    )


def competitor(wanted: Sequence[Any], gaps: Sequence[Any], answer: Pack) -> TaskOpened:
    """They look at other tools. `wanted`, `gaps`: names of features; `answer`: what to say, as far
    as it is true.
    """
    said = answer.said()
    return TaskOpened(
        COMPETITOR,
        "",
        TaskFacts(
            happened=(_said("signal.competitor", wanted=list(wanted)),),
            why_now=(_said("why.competitor"),),
            say=() if said is None else (SaidFacts(said[0], dict(said[1])),),
            do_not_say=(_said("avoid.gap", gaps=list(gaps)),) if gaps else (),
            next_step=(_said("next.competitor"),),
        ),
    )


def _said(key: str, **variables: Any) -> SaidFacts:
    return SaidFacts(key, variables)
