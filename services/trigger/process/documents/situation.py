"""What the customer needs, as it may be said: measured or confirmed, and how that is known."""

from collections.abc import Iterable

from services.trigger.process.documents.subject import Subject
from services.trigger.process.talk.wants import CERTAIN, Want, name, wants
from shared.wording import labels
from shared.wording.amounts import share_text
from shared.wording.document import Line, Part, Row, Table, row, typed


def situation(of: Subject) -> tuple[Part, ...]:
    known = [one for one in wants(of.state, of.context) if one.status in CERTAIN]
    if not known:
        return (Line(of.say("document.situation.none")),)
    return (Table(_columns(of), tuple(_rows(known, of))),)


def _columns(of: Subject) -> tuple[str, ...]:
    return of.say("document.need"), of.say("document.need.basis"), of.say("document.need.words")


def _rows(known: Iterable[Want], of: Subject) -> Iterable[Row]:
    for one in known:
        yield row(_called(one, of), _basis(one, of), _words(one, of))


def _called(one: Want, of: Subject) -> str:
    match one.kind:
        case "support":
            return of.say("document.need.support")
        case "meter":
            return of.meter(one.key)
        case _:
            return typed(name(one.kind, one.key, of.context))


def _basis(one: Want, of: Subject) -> str:
    if one.status == "measured":
        return _measured(one.key, of)
    if one.kind == "support":
        return labels.urgent_label(one.count, of.locale)
    asked = labels.asked_label(one.count, of.locale)
    return of.say(
        f"document.basis.{one.source}", **({"asked": asked} if "requested" in one.source else {})
    )


def _measured(meter: str, of: Subject) -> str:
    used, known = of.context.question.facts.usage.get(meter), of.context.catalog.meters.get(meter)
    if used is None or known is None:
        return of.say("document.basis.near_limit")
    share = share_text(used.used, used.limit, used.percent, known.unit, of.locale)
    return of.say("document.basis.measured", share=share)


def _words(one: Want, of: Subject) -> str:
    if not one.text:
        return ""
    return (
        typed(one.text)
        if one.said_by is None
        else of.say("document.need.words.by", text=typed(one.text), by=of.who(one.said_by))
    )
