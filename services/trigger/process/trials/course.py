"""How a trial goes: offered, active, ended; by its entries, and by the clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from services.trigger.accounts import Trial
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import (
    Draft,
    Effect,
    Entry,
    TaskEnded,
    TimerDropped,
    TimerSet,
    TrialKept,
)
from shared.values.moments import iso
from shared.values.quantities import UNLIMITED, json_number

TRIAL = "trial"
"""The type of the entry that offers one, and of those that say how it goes on."""
STARTS, ENDING, ENDS = "trial_start", "trial_ending", "trial_end"
"""Timers, by the trial's id."""
BEFORE_END = timedelta(days=3)
OVER = ("ended_met", "ended_not_met")


@dataclass(frozen=True, slots=True)
class Course:
    """`state`: as recorded. `judged`: what a person said about the criterion of this number.
    `results`: the criteria as they stood at the end.
    """

    trial: Trial
    state: str
    criteria: tuple[Mapping[str, Any], ...]
    judged: Mapping[int, bool] = field(default_factory=dict)
    results: tuple[Mapping[str, Any], ...] | None = None

    @property
    def is_over(self) -> bool:
        return self.state in OVER


def limit_of(stored: object) -> Decimal | None:
    return None if stored == UNLIMITED else Decimal(str(stored))


def courses(state: Opportunity) -> dict[str, Course]:
    """All trials of the deal by id, oldest first."""
    found: dict[str, Course] = {}
    for entry in state.of(TRIAL, "criterion"):
        body, known = entry.body, found.get(entry.body.get("trial", ""))
        if known is None:
            found[entry.id] = _offered(state, entry)
        elif entry.type == "criterion":
            judged = {**known.judged, body["n"]: body["met"]}
            found[known.trial.id] = replace(known, judged=judged)
        else:
            found[known.trial.id] = _gone_on(known, body)
    return found


def _offered(state: Opportunity, entry: Entry) -> Course:
    body = entry.body
    trial = Trial(
        id=entry.id,
        opportunity=state.id,
        features=tuple(body["features"]),
        limits={meter: limit_of(one) for meter, one in body["limits"].items()},
        starts_at=datetime.fromisoformat(body["starts_at"]),
        ends_at=datetime.fromisoformat(body["ends_at"]),
    )
    return Course(trial, body["state"], tuple(body["criteria"]))


def _gone_on(known: Course, body: Mapping[str, Any]) -> Course:
    ends_at = datetime.fromisoformat(body["ends_at"])
    results = tuple(body["criteria"]) if "criteria" in body else None
    trial = replace(known.trial, ends_at=ends_at)
    return replace(known, trial=trial, state=body["state"], results=results)


def results(course: Course, context: Context) -> Sequence[Mapping[str, Any]]:
    """Each criterion with how often the feature was used, and whether it is met so far."""
    if course.results is not None:
        return course.results
    return [_result(n, one, course, context) for n, one in enumerate(course.criteria, 1)]


def _result(
    n: int, criterion: Mapping[str, Any], course: Course, context: Context
) -> dict[str, Any]:
    if "text" in criterion:
        return {**criterion, "count": None, "met": course.judged.get(n, False)}
    count = context.uses.get((course.trial.id, criterion["feature"]), 0)
    return {**criterion, "count": count, "met": count >= criterion["uses"]}


def standing(course: Course, context: Context) -> str:
    """By the clock, whether or not anybody has recorded it."""
    if course.is_over:
        return course.state
    if context.at < course.trial.starts_at:
        return "offered"
    if context.at < course.trial.ends_at:
        return "active"
    return OVER[0] if all(one["met"] for one in results(course, context)) else OVER[1]


def end(course: Course, context: Context) -> Draft:
    """It is over now, or was when its time was."""
    trial = course.trial
    ended = replace(
        course, trial=replace(trial, ends_at=max(trial.starts_at, min(trial.ends_at, context.at)))
    )
    found = results(ended, context)
    state = OVER[0] if all(one["met"] for one in found) else OVER[1]
    told = {"trial": trial.id, "state": state, "ends_at": iso(ended.trial.ends_at)}
    return Draft(TRIAL, {**told, "criteria": list(found)})


def passed(state: Opportunity, context: Context) -> Iterator[Draft]:
    """What the clock has brought, and is not in the log yet."""
    for course in courses(state).values():
        trial = course.trial
        if course.state == "offered" and context.at >= trial.starts_at:
            began = {"trial": trial.id, "state": "active", "ends_at": iso(trial.ends_at)}
            yield Draft(TRIAL, began)
        if not course.is_over and context.at >= trial.ends_at:
            yield end(course, context)


def cut_short(state: Opportunity, context: Context) -> Iterator[Draft]:
    """All that are not over end now: they bought more, or left."""
    return (end(one, context) for one in courses(state).values() if not one.is_over)


def effects(state: Opportunity, entries: Iterable[Entry]) -> Iterator[Effect]:
    """What these new entries, which stand in the log by now, cause elsewhere."""
    new = [one for one in entries if one.type == TRIAL]
    if not new:
        return
    known = courses(state)
    for id in dict.fromkeys(one.body.get("trial", one.id) for one in new):
        course = known[id]
        yield TrialKept(course.trial, course.state, course.criteria)
        yield from _timers(course, is_new=any(one.id == id for one in new))


def _timers(course: Course, *, is_new: bool) -> Iterator[Effect]:
    trial = course.trial
    if course.is_over:
        yield TaskEnded(ENDING, trial.id, "success")
        yield from (TimerDropped(name, trial.id) for name in (STARTS, ENDING, ENDS))
    elif is_new:
        if course.state == "offered":
            yield TimerSet(STARTS, trial.starts_at, trial.id)
        yield TimerSet(ENDING, max(trial.starts_at, trial.ends_at - BEFORE_END), trial.id)
        yield TimerSet(ENDS, trial.ends_at, trial.id)


def shown(state: Opportunity, context: Context) -> dict[str, Any]:
    return {"trials": [_shown(one, context) for one in courses(state).values()]}


def _shown(course: Course, context: Context) -> dict[str, Any]:
    trial = course.trial
    return {
        "id": trial.id,
        "features": list(trial.features),
        "limits": {
            meter: UNLIMITED if limit is None else json_number(limit)
            for meter, limit in trial.limits.items()
        },
        "starts_at": iso(trial.starts_at),
        "ends_at": iso(trial.ends_at),
        "state": standing(course, context),
        "criteria": list(results(course, context)),
    }
