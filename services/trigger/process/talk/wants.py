"""What a customer needs, and how well that is known: what `needs` of a deal shows; entry `need`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import model_validator

from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.needs import Wanted
from services.trigger.process.bodies import Identifier, Text, Title
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Entry
from services.trigger.process.log.entry_type import EntryType, Statement
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.wording import sentence

CERTAIN = ("confirmed", "measured")
"""What may be said to a customer."""
_CONFIRMING = ("need.stated", "feature.requested", "ticket.opened", "compliance.need")

Key = tuple[str, str]
"""The kind of a need, and which one."""


class ConfirmedNeed(Body):
    """What they need: a feature, or more of a meter."""

    feature: Identifier | None = None
    meter: Identifier | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "ConfirmedNeed":
        if (self.feature is None) == (self.meter is None):
            raise ValueError("must name a feature or a meter")
        return self

    def faults(self, at: str, context: Context) -> Iterator[Fault]:
        if self.feature is not None and not context.catalog.knows_feature(self.feature):
            yield Fault(f"{at}/feature", "is not a feature of the catalogue")
        if self.meter is not None and self.meter not in context.catalog.meters:
            yield Fault(f"{at}/meter", "is not a meter of the catalogue")


class NeedEntry(ConfirmedNeed):
    """`said_by`: a contact's id, or a name."""

    type: Literal["need"]
    status: Literal["confirmed", "refuted"]
    said_by: Title
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Want:
    """`count`: how often it was said or met. `text`: in their words."""

    kind: str
    key: str
    status: str
    source: str
    count: int = 1
    text: str | None = None
    said_by: str | None = None

    def json(self, context: Context) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "key": self.key,
            "name": name(self.kind, self.key, context),
            "status": self.status,
            "source": self.source,
            "count": self.count,
            "text": self.text,
            "said_by": self.said_by,
        }


def wants(state: Opportunity, context: Context) -> list[Want]:
    """Each thing once, by its best source; only what the own plan does not give, and what they have
    said they do not need.
    """
    if context.plan is None:
        return []
    found: dict[Key, Want] = {}
    for one in (*_confirmed(context), *_measured(context), *_guessed(context)):
        known = found.get((one.kind, one.key))
        if known is None:
            found[one.kind, one.key] = one
        elif known.status == one.status:
            more = known.text or one.text
            found[one.kind, one.key] = replace(known, count=known.count + one.count, text=more)
    return list({**found, **refuted(state, context)}.values())


def _confirmed(context: Context) -> Iterator[Want]:
    by: Mapping[str, str | None] = {
        one.feature or one.meter or "": one.said_by for one in context.question.facts.record.needs
    }
    for source in _CONFIRMING:
        for one in context.question.needs:
            if one.source == source:
                said_by = by.get(one.key) if source == "need.stated" else None
                yield Want(one.kind, one.key, "confirmed", source, one.count, one.text, said_by)


def _measured(context: Context) -> Iterable[Want]:
    pressed = needs.pressed(context.question.facts)
    return (Want("meter", meter, "measured", "usage") for meter in pressed)


def _guessed(context: Context) -> Iterator[Want]:
    """They met the door of a feature, and have not said that they want it."""
    assert context.plan is not None, "asked above"
    for feature, met in sorted(context.question.facts.record.gated.items()):
        if feature not in context.plan.features:
            yield Want("feature", feature, "hypothesis", "feature.gated", len(met))


def refuted(state: Opportunity, context: Context) -> dict[Key, Want]:
    """Until they say again that they need it."""
    newest: dict[Key, Entry | None] = {}
    for entry in state.of("need", "answer"):
        refutes = entry.body.get("status") == "refuted"
        for one in entry.body["needs"] if entry.type == "answer" else (entry.body,):
            newest[_key(one)] = entry if refutes else None
    return {
        key: Want(*key, "refuted", "need", 1, entry.body.get("text"), entry.body["said_by"])
        for key, entry in newest.items()
        if entry is not None and not any(at > entry.at for at in _said(key, context))
    }


def _key(need: Mapping[str, Any]) -> Key:
    feature = need.get("feature")
    return ("feature", feature) if feature is not None else ("meter", need["meter"])


def _said(key: Key, context: Context) -> Iterator[datetime]:
    """When they said that they need this."""
    kind, id = key
    record = context.question.facts.record
    for need in record.needs:
        if (need.feature if kind == "feature" else need.meter) == id:
            yield need.at
    if kind != "feature":
        return
    yield from (ask.at for ask in record.requested.get(id, ()))
    for ticket in record.tickets.values():
        if ticket.cls in ("feature_unavailable", "upper_plan_question") and ticket.feature == id:
            yield ticket.began_last_at
    for proof in record.compliance:
        if id in needs.framework_features(context.catalog, proof.framework):
            yield proof.at


def gap(state: Opportunity, context: Context) -> list[Want]:
    """What is certain, and what the deal's plan gives and their own does not."""
    own, target = context.plan, context.catalog.plans.get(state.to_plan)
    if own is None or target is None:
        return []
    found = []
    for one in wants(state, context):
        wanted = Wanted(one.kind, one.key, one.source)
        if one.status in CERTAIN and needs.answers(target, own, wanted):
            found.append(one)
    return [one for one in found if one.kind != "feature" or one.key not in own.features]


def name(kind: str, key: str, context: Context) -> str:
    if kind == "support":
        return sentence("document.need.support", {}, context.locale)
    known: Any = None
    if kind == "feature":
        known = context.catalog.features.get(key)
    elif kind == "meter":
        known = context.catalog.meters.get(key)
    return key if known is None or known.name is None else str(known.name.in_(context.locale))


def _checks(_state: Opportunity, body: NeedEntry, context: Context) -> Iterable[Fault]:
    return body.faults("", context)


def _states(entry: Entry) -> Iterable[Statement]:
    """Only what they need is a fact: what they do not need matters in this deal alone."""
    if entry.body["status"] == "confirmed":
        names = ("feature", "meter", "text", "said_by")
        yield "need.stated", {key: entry.body[key] for key in names if entry.body.get(key)}


NEED = EntryType("need", NeedEntry, checks=_checks, states=_states)
