"""Three days before a trial ends: the task to talk about what came of it."""

from collections.abc import Iterator
from typing import Any

from services.trigger.judgement.words.proposal import named
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import TaskOpened
from services.trigger.process.trials.course import ENDING, Course, results
from shared.messages.facts import Name, SaidFacts, TaskFacts
from shared.values.moments import iso


def reminder(course: Course, context: Context) -> TaskOpened:
    """Due when the trial ends; of whoever owns the deal."""
    found = results(course, context)
    met = sum(1 for one in found if one["met"])
    return TaskOpened(
        ENDING,
        course.trial.id,
        TaskFacts(
            happened=(
                _said(
                    "signal.trial_ending",
                    tried=list(_tried(course, context)),
                    date=iso(course.trial.ends_at),
                ),
            ),
            why_now=(_said("why.trial", met=met, count=len(found)),),
            say=(_said("trial.ask"),),
            do_not_say=(_said("avoid.unconfirmed"),),
            next_step=(_said("next.trial"),),
        ),
        due_at=course.trial.ends_at,
        opportunity=course.trial.opportunity,
    )


def _tried(course: Course, context: Context) -> Iterator[Name | str]:
    """By their names; what the catalogue does not know any more by its id."""
    for feature in course.trial.features:
        known = context.catalog.features.get(feature)
        yield feature if known is None else named(known.name)
    for meter in course.trial.limits:
        counted = context.catalog.meters.get(meter)
        yield meter if counted is None else named(counted.name)


def _said(key: str, **variables: Any) -> SaidFacts:
    return SaidFacts(key, variables)
