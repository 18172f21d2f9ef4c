"""What a customer needs, and how well that is known: what `needs` of a deal shows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.trigger.judgement.findings import needs
from services.trigger.judgement.findings.needs import Wanted
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context

CERTAIN = ("confirmed", "measured")
"""What may be said to a customer."""
_CONFIRMING = ("need.stated", "feature.requested", "ticket.opened", "compliance.need")


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


def wants(context: Context) -> list[Want]:
    """Each thing once, by its best source; only what the own plan does not give."""
    if context.plan is None:
        return []
    found: dict[tuple[str, str], Want] = {}
    for one in (*_confirmed(context), *_measured(context), *_guessed(context)):
        known = found.get((one.kind, one.key))
        if known is None:
            found[one.kind, one.key] = one
        elif known.status == one.status:
            more = known.text or one.text
            found[one.kind, one.key] = replace(known, count=known.count + one.count, text=more)
    return list(found.values())


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


def gap(state: Opportunity, context: Context) -> list[Want]:
    """What is certain, and what the deal's plan gives and their own does not."""
    own, target = context.plan, context.catalog.plans.get(state.to_plan)
    if own is None or target is None:
        return []
    found = []
    for one in wants(context):
        wanted = Wanted(one.kind, one.key, one.source)
        if one.status in CERTAIN and needs.answers(target, own, wanted):
            found.append(one)
    return [one for one in found if one.kind != "feature" or one.key not in own.features]


def name(kind: str, key: str, context: Context) -> str:
    known: Any = None
    if kind == "feature":
        known = context.catalog.features.get(key)
    elif kind == "meter":
        known = context.catalog.meters.get(key)
    return key if known is None or known.name is None else str(known.name.in_(context.locale))
