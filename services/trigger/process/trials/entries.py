"""Entries `trial`, `end_trial` and `criterion`."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from services.trigger.process.bodies import MOST, Count, Identifier, Text
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import JUDGEMENT, Actor, Draft, Made
from services.trigger.process.log.entry_type import EntryType
from services.trigger.process.trials import course
from shared.values.bodies import Body, Moment
from shared.values.faults import Fault, pointer_part
from shared.values.moments import iso
from shared.values.quantities import UNLIMITED, parse_limit, plain

LONGEST_AHEAD, LATE = timedelta(days=90), timedelta(minutes=10)
"""A start that was given as now has passed when it arrives: clocks differ, and people take a while.
"""
_EXACT = 2**53 - 1
"""Numbers up to it are the same for every reader of JSON; a larger one is text."""


def _limit(raw: Any) -> str:
    """A quantity as text, or `unlimited`: what is posted has to be JSON again."""
    parsed = parse_limit(raw)
    return UNLIMITED if parsed is None else plain(parsed)


Limit = Annotated[
    str,
    BeforeValidator(_limit),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "examples": ["12 GB", "unlimited"]},
            ]
        }
    ),
]


class TrialCriterion(Body):
    """What shall come of it: uses of a feature, which are counted, or a text, which is judged."""

    feature: Identifier | None = None
    uses: Count | None = None
    text: Text | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "TrialCriterion":
        counts = self.feature is not None and self.uses is not None and self.text is None
        if not counts and (self.text is None or self.feature or self.uses):
            raise ValueError("must be a feature with uses, or a text")
        return self


class TrialEntry(Body):
    """`days` of 24 hours from `starts_at`, or from now: what may be used beside the plan. At least
    a feature or a limit.
    """

    type: Literal["trial"]
    features: Annotated[list[Identifier], Field(max_length=MOST, default_factory=list)]
    limits: Annotated[dict[Identifier, Limit], Field(max_length=MOST, default_factory=dict)]
    days: Annotated[int, Field(ge=1, le=90)] | None = None
    starts_at: Moment | None = None
    criteria: Annotated[list[TrialCriterion], Field(min_length=1, max_length=10)]


class EndTrialEntry(Body):
    """It ends now."""

    type: Literal["end_trial"]
    trial: Identifier


class CriterionEntry(Body):
    """`n`: which criterion, a text, from 1."""

    type: Literal["criterion"]
    trial: Identifier
    n: Annotated[int, Field(ge=1, le=10)]
    met: bool


def _checks(_state: Opportunity, body: TrialEntry, context: Context) -> Iterator[Fault]:
    if not body.features and not body.limits:
        yield Fault("/features", "is missing: a trial is of at least a feature or a limit")
    own = context.plan.features if context.plan else ()
    for n, feature in enumerate(body.features):
        if feature not in context.catalog.features:
            yield Fault(f"/features/{n}", "is not a feature of the catalogue")
        elif feature in own:
            yield Fault(f"/features/{n}", "is in their plan already")
    for meter in body.limits:
        if meter not in context.catalog.meters:
            yield Fault(f"/limits{pointer_part(meter)}", "is not a meter of the catalogue")
    for n, one in enumerate(body.criteria):
        if one.feature is not None and one.feature not in context.catalog.features:
            yield Fault(f"/criteria/{n}/feature", "is not a feature of the catalogue")
    if body.starts_at is not None and not (-LATE <= body.starts_at - context.at <= LONGEST_AHEAD):
        yield Fault("/starts_at", "must be now or later, and 90 days ahead at most")


def _window(body: TrialEntry, context: Context) -> tuple[datetime, datetime]:
    starts_at = body.starts_at or context.at
    days = body.days or context.policy.process.trial_days
    return starts_at, starts_at + timedelta(days=days)


def _guards(_state: Opportunity, body: TrialEntry, context: Context) -> Iterator[Fault]:
    if context.question.facts.subscription is None:
        yield Fault("/type", "no_subscription: a trial is beside a plan")
    starts_at, ends_at = _window(body, context)
    others = [one for one in context.trials if one.starts_at < ends_at and one.ends_at > starts_at]
    for n, feature in enumerate(body.features):
        yield from (
            Fault(f"/features/{n}", f"trial_running: until {iso(one.ends_at)}")
            for one in others
            if feature in one.features
        )
    for meter in body.limits:
        yield from (
            Fault(f"/limits{pointer_part(meter)}", f"trial_running: until {iso(one.ends_at)}")
            for one in others
            if meter in one.limits
        )


def _made(_state: Opportunity, body: TrialEntry, context: Context, _actor: Actor) -> Made:
    starts_at, ends_at = _window(body, context)
    return Made(
        {
            "features": list(dict.fromkeys(body.features)),
            "limits": {meter: _number(one) for meter, one in body.limits.items()},
            "days": (ends_at - starts_at).days,
            "starts_at": iso(starts_at),
            "ends_at": iso(ends_at),
            "criteria": [one.model_dump(exclude_none=True) for one in body.criteria],
            "state": "offered" if context.at < starts_at else "active",
        }
    )


def _number(limit: str) -> str | int:
    return int(limit) if limit.isdecimal() and Decimal(limit) <= _EXACT else limit


def _known(
    state: Opportunity, body: EndTrialEntry | CriterionEntry, _context: Context
) -> Iterable[Fault]:
    found = course.courses(state).get(body.trial)
    if found is None:
        yield Fault("/trial", "no trial of this opportunity has this id")
    elif isinstance(body, CriterionEntry):
        if body.n > len(found.criteria):
            yield Fault("/n", f"there are {len(found.criteria)} criteria")
        elif "text" not in found.criteria[body.n - 1]:
            yield Fault("/n", "is counted: only a text is judged")


def _runs(
    state: Opportunity, body: EndTrialEntry | CriterionEntry, context: Context
) -> Iterable[Fault]:
    known = course.courses(state)[body.trial]
    if (standing := course.standing(known, context)) in course.OVER:
        yield Fault("/trial", f"wrong_state: it is {standing}")


def _ended(state: Opportunity, body: EndTrialEntry, context: Context, _actor: Actor) -> Made:
    over = course.end(course.courses(state)[body.trial], context)
    return Made({"trial": body.trial}, (Draft(over.type, over.body, JUDGEMENT),))


TRIAL = EntryType(
    course.TRIAL, TrialEntry, checks=_checks, guards=_guards, made=_made, shows=course.shown
)
END_TRIAL = EntryType("end_trial", EndTrialEntry, checks=_known, guards=_runs, made=_ended)
CRITERION = EntryType("criterion", CriterionEntry, checks=_known, guards=_runs)
