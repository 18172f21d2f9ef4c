"""What to answer to each objection, prepared from what is known of the account (R-150..R-157)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any, Literal, get_args

from services.trigger.judgement.economics.cost_of_waiting import months_left, waiting
from services.trigger.judgement.economics.value import PERIODS
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.talk import questions
from services.trigger.process.talk.wants import gap
from shared.values.quantities import EXACT
from shared.wording import sentence
from shared.wording.kinds import text_of
from shared.wording.language import list_text

Objection = Literal["too_expensive", "wait_renewal", "unsure_need", "budget_process", "other_tools"]
OBJECTIONS: tuple[Objection, ...] = get_args(Objection)
PREPARED_IN = frozenset({"qualified", "engaged", "proposal", "negotiation"})
LISTENED = "discovery.3"
ENOUGH = "enough_features"
Said = tuple[str, Mapping[str, Any]]
"""A sentence's key, with its variables."""
_TENTH = Decimal("0.1")
_TEXTS: Mapping[str, str] = {
    "too_expensive": "objection.too_expensive",
    "wait_renewal": "objection.wait",
    "unsure_need": "objection.unsure",
    "budget_process": "objection.budget",
    "other_tools": "objection.other_tools",
}
_MATERIALS: Mapping[str, tuple[str, ...]] = {
    "too_expensive": ("roi_calculator", "case_study", "reference"),
    "wait_renewal": ("quote",),
    "unsure_need": ("trial",),
    "budget_process": (
        "executive_summary",
        "roi_analysis",
        "plan_comparison",
        "security_docs",
        "case_study",
        "call",
    ),
    "other_tools": ("plan_comparison",),
}


def is_process(objection: str) -> bool:
    """A step of theirs to be helped with, and no doubt."""
    return objection == "budget_process"


@dataclass(frozen=True, slots=True)
class Pack:
    """`inputs`: what the text needs, None where it is not known. `lacks`: what else is in its way.
    `besides`: what the text has from the deal itself.
    """

    objection: str
    inputs: Mapping[str, Any]
    lacks: tuple[str, ...] = ()
    besides: tuple[tuple[str, Any], ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        unknown = (name for name, value in self.inputs.items() if value is None)
        return (*unknown, *self.lacks)

    def said(self) -> Said | None:
        """Its sentence, in whichever language it is read."""
        if self.missing:
            return None
        known = {name: value for name, value in self.inputs.items() if name != "wanted"}
        return _TEXTS[self.objection], {**known, **dict(self.besides)}

    def text(self, locale: str) -> str | None:
        said = self.said()
        return None if said is None else sentence(*said, locale)

    def json(self, locale: str) -> dict[str, Any]:
        return {
            "objection": self.objection,
            "is_process": is_process(self.objection),
            "text": self.text(locale),
            "inputs": list(self.inputs),
            "missing": list(self.missing),
            "materials": list(_MATERIALS[self.objection]),
            "counter": sentence(f"counter.{self.objection}", {}, locale),
        }


def shown(state: Opportunity, context: Context) -> list[dict[str, Any]]:
    return [one.json(context.locale) for one in packs(state, context)]


def packs(state: Opportunity, context: Context) -> Iterator[Pack]:
    """All of them, once it is worth a person's time."""
    if state.stage in PREPARED_IN and state.owner.role != "self_serve":
        for objection in OBJECTIONS:
            yield pack(objection, state, context, wanted_of(state))


def wanted_of(state: Opportunity) -> Sequence[str]:
    """What the other tools have, as they said last."""
    said = [one for one in state.of("objection") if one.body["objection"] == "other_tools"]
    return said[-1].body["wanted"] if said else ()


def pack(objection: str, state: Opportunity, context: Context, wanted: Sequence[str]) -> Pack:
    """`wanted`: the features that they look for elsewhere."""
    match objection:
        case "too_expensive":
            inputs = {"hours": _hours(context), "feature": _feature(state, context)}
            return Pack(objection, inputs)
        case "wait_renewal":
            return Pack(objection, _waited(context))
        case "unsure_need":
            given = questions.answers(state)
            goal, talked = given.get(questions.GOAL), given.get(LISTENED)
            said = {
                "goal": goal and goal["text"],
                "conversation": talked and talked["text"],
                "feature": _feature(state, context),
            }
            return Pack(objection, said)
        case "other_tools":
            return _elsewhere(state, context, wanted)
        case _:
            return Pack(objection, {})


def _feature(state: Opportunity, context: Context) -> Any:
    """The first one that they have confirmed to need, and that the deal's plan adds."""
    found = (
        one.key
        for one in gap(state, context)
        if one.kind == "feature" and one.status == "confirmed"
    )
    first = next(found, None)
    return first and named(first, context)


def named(feature: str, context: Context) -> Any:
    """In both languages; what the catalogue does not name, by its id."""
    known = context.catalog.features.get(feature)
    return {"en": known.name.en, "ja": known.name.ja} if known else feature


def _hours(context: Context) -> str | None:
    """What one of them saves a week, as stated; none if that is next to nothing."""
    stated = context.question.facts.record.stated
    if stated is None:
        return None
    rate = Decimal(1) if stated.automation_rate is None else stated.automation_rate
    saved = EXACT.multiply(stated.hours, rate)
    if stated.hours_period == "month":
        saved = EXACT.divide(
            EXACT.multiply(saved, Decimal(PERIODS["month"])), Decimal(PERIODS["week"])
        )
    hours = saved.quantize(_TENTH, ROUND_DOWN, EXACT)
    return str(hours) if hours > 0 else None


def _waited(context: Context) -> dict[str, Any]:
    """What waiting costs one of them; what comes to nothing is not there to be said."""
    found = waiting(context.question)
    if found is None:
        left = months_left(context.question)
        return {"months": left, "hours": _hours(context), "total": None}
    return {
        name: value if Decimal(value) > 0 else None for name, value in found.variables().items()
    }


def _elsewhere(state: Opportunity, context: Context, wanted: Sequence[str]) -> Pack:
    """Only if at least half of what they look for is in the deal's plan."""
    looked, missing = list(dict.fromkeys(wanted)), gaps(state, context, wanted)
    if not looked:
        return Pack("other_tools", {"wanted": None, "listen": None})
    found = [one for one in looked if one not in missing]
    names = [named(one, context) for one in found]
    listen = {lang: list_text([text_of(one, lang) for one in names], lang) for lang in ("ja", "en")}
    target = context.catalog.plans.get(state.to_plan)
    plan = {"en": target.name.en, "ja": target.name.ja} if target else state.to_plan
    return Pack(
        "other_tools",
        {"wanted": looked, "listen": listen},
        lacks=(ENOUGH,) if 2 * len(found) < len(looked) else (),
        besides=(("plan", plan),),
    )


def gaps(state: Opportunity, context: Context, wanted: Sequence[str]) -> list[str]:
    """What they look for, and the deal's plan does not have."""
    target = context.catalog.plans.get(state.to_plan)
    features = frozenset(target.features) if target else frozenset()
    return [one for one in dict.fromkeys(wanted) if one not in features]
