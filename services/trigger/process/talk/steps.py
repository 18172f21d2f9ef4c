"""The eight steps of a conversation, and what each of them still needs: entry `step`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from services.trigger.process.bodies import Text
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entry_type import EntryType
from services.trigger.process.talk import business_case, questions
from services.trigger.process.talk.packs import packs
from services.trigger.process.talk.wants import Want, gap, name, wants
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.wording import sentence

KEYS = (
    "current_state",
    "future_state",
    "gap",
    "introduce",
    "demonstrate",
    "roi_together",
    "objections",
    "next_step",
)
ASKED: Mapping[int, tuple[str, ...]] = {
    1: questions.CURRENT,
    2: questions.FUTURE,
    8: questions.NEXT,
}
NEVER_SKIPPED = (7, 8)


class StepEntry(Body):
    """`reason`: required to skip one."""

    type: Literal["step"]
    step: Annotated[int, Field(ge=1, le=8)]
    status: Literal["done", "skipped", "open"]
    reason: Text | None = None


def _checks(_state: Opportunity, body: StepEntry, _context: Context) -> Iterable[Fault]:
    if body.status == "skipped" and body.reason is None:
        yield Fault("/reason", "is missing: say why it is skipped")


def _guards(state: Opportunity, body: StepEntry, context: Context) -> Iterable[Fault]:
    if body.status == "skipped" and body.step in NEVER_SKIPPED:
        yield Fault("/status", f"not_skippable: step {body.step} is always taken")
    if body.status == "done":
        for what in blocked_by(body.step, state, context):
            yield Fault("/step", f"step_incomplete: {what}")


def status_of(step: int, state: Opportunity) -> tuple[str, str | None]:
    """The newest word about it, and its reason."""
    said = [entry.body for entry in state.of("step") if entry.body["step"] == step]
    return (said[-1]["status"], said[-1].get("reason")) if said else ("open", None)


def blocked_by(step: int, state: Opportunity, context: Context) -> list[str]:
    """What is missing before it is done."""
    return list(_missing(step, state, context))


def _missing(step: int, state: Opportunity, context: Context) -> Iterator[str]:
    given = questions.answers(state)
    if step <= 3:
        asked = (*questions.CURRENT, *questions.FUTURE) if step == 3 else ASKED[step]
        yield from (key for key in asked if key not in given)
    if step == 3 and not gap(state, context):
        yield "need"
    if step in (4, 8) and status_of(step - 1, state)[0] != "done":
        yield f"step.{step - 1}"
    for at, type_ in ((5, "asset"), (6, "value")):
        if step == at and next(state.of(type_), None) is None:
            yield type_
    if step == 7 and not _met(state):
        yield "objection"
    if step == 8 and not _is_next(state, context):
        yield "next_step"


def _met(state: Opportunity) -> bool:
    """An objection was raised, or none there was; and no one of them still waits for an answer."""
    raised = {one.id for one in state.of("objection") if one.body["objection"] != "none"}
    answered = {one.body["objection"] for one in state.of("reply", "outcome")}
    return next(state.of("objection"), None) is not None and raised <= answered


def _is_next(state: Opportunity, context: Context) -> bool:
    return state.next_step is not None and state.next_step["due"] >= context.today.isoformat()


def shown(state: Opportunity, context: Context) -> dict[str, Any]:
    """Where a person acts; nobody talks in self-service."""
    known = [one.json(context) for one in wants(state, context)]
    if state.owner.role == "self_serve":
        return {"discovery": [], "steps": [], "needs": known}
    return {
        "needs": known,
        "discovery": questions.shown(questions.DISCOVERY, state, context),
        "steps": [_step(step, state, context) for step in range(1, len(KEYS) + 1)],
    }


def _step(step: int, state: Opportunity, context: Context) -> dict[str, Any]:
    status, reason = status_of(step, state)
    return {
        "step": step,
        "key": KEYS[step - 1],
        "title": sentence(f"step.{KEYS[step - 1]}", {}, context.locale),
        "questions": questions.shown(ASKED.get(step, ()), state, context),
        "sentences": list(_sentences(step, state, context)),
        "status": status,
        "reason": reason,
        "blocked_by": blocked_by(step, state, context),
    }


def _sentences(step: int, state: Opportunity, context: Context) -> Iterator[str]:
    match step:
        case 3 | 4 | 5:
            yield from _of_features(step, state, context)
        case 6:
            yield sentence("roi.together", {}, context.locale)
            yield from business_case.lines(state, context)
        case 7:
            texts = (one.text(context.locale) for one in packs(state, context))
            yield from (one for one in texts if one is not None)


def _of_features(step: int, state: Opportunity, context: Context) -> Iterator[str]:
    """Only those that they need, that the plan adds."""
    plan = context.catalog.plans.get(state.to_plan)
    features = [one for one in gap(state, context) if one.kind == "feature"]
    if plan is None or not features:
        return
    called = {"en": plan.name.en, "ja": plan.name.ja}
    if step == 5:
        known = (context.catalog.features.get(one.key) for one in features)
        for feature in known:
            for asset in feature.assets if feature else ():
                yield f"{asset.title.in_(context.locale)}: {asset.url}"
        return
    if step == 4:
        yield sentence("conversation.4", {"plan": called}, context.locale)
        for one in features:
            yield name(one.kind, one.key, context)
        return
    for one in features:
        found = context.catalog.features.get(one.key)
        is_security = found is not None and found.group == "security"
        said = {"plan": called, **_said(one, is_security, context)}
        yield sentence("gap.security" if is_security else "gap.automation", said, context.locale)


def _said(one: Want, is_security: bool, context: Context) -> dict[str, Any]:
    """In their own words if those are short; else the general word, else the feature's name."""
    if one.text and len(one.text) <= LONGEST_NEED:
        return {"need": one.text}
    return (
        {} if is_security or "automation" in one.key else {"need": name(one.kind, one.key, context)}
    )


LONGEST_NEED = 40
STEP = EntryType("step", StepEntry, checks=_checks, guards=_guards, shows=shown)
