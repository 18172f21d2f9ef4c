"""Both plans side by side, what answers a need first (R-118, R-119)."""

from services.trigger.judgement.economics.comparison import (
    CHANNELS,
    RESPONSE,
    Cell,
    compare,
)
from services.trigger.judgement.economics.comparison import Row as Compared
from services.trigger.judgement.findings.needs import Wanted
from services.trigger.process.documents.subject import Subject, first_upper
from services.trigger.process.talk.wants import wants
from shared.wording import document, labels
from shared.wording.document import Line, Row, Section, Table, row, typed


def sections(of: Subject) -> tuple[Section, ...]:
    own, target = of.own, of.target
    if own is None or target is None:
        return (
            Section(
                of.say("document.plan_comparison"), (Line(of.say("document.comparison.none")),)
            ),
        )
    if own.id == target.id:
        plan = {"en": own.name.en, "ja": own.name.ja}
        said = Line(of.say("document.comparison.same", plan=plan))
        return (Section(of.say("document.plan_comparison"), (said,)),)
    found = compare(of.context.catalog, own, target, _needs(of), of.locale)
    names = {"from": of.plan(own, own.id), "to": of.plan(target, target.id)}
    columns = (
        of.say("document.comparison.item"),
        *names.values(),
        of.say("document.comparison.need"),
    )
    table = Table(columns, tuple(_row(one, of) for one in found))
    return (Section(of.say("document.comparison", **names), (table,)),)


def _needs(of: Subject) -> list[Wanted]:
    """Without those that they do not have after all."""
    refuted = {
        (one.kind, one.key) for one in wants(of.state, of.context) if one.status == "refuted"
    }
    return [one for one in of.context.question.needs if (one.kind, one.key) not in refuted]


def _row(one: Compared, of: Subject) -> Row:
    need = "" if one.need is None else typed(one.need)
    return row(
        _item(one, of),
        _cell(one, one.current, of),
        _cell(one, one.target, of),
        need,
        marked=one.need is not None,
    )


def _item(one: Compared, of: Subject) -> str:
    """What the row is about; that a plan answers at all is no priority support."""
    if one.key == CHANNELS:
        return of.say("document.support.channels")
    if one.key == RESPONSE:
        return first_upper(labels.priority_support_label(of.locale))
    if one.group == "limits":
        return of.meter(one.key)
    label = typed(one.target.label)
    return first_upper(label) if one.group == "support" else label


def _cell(row: Compared, cell: Cell, of: Subject) -> document.Cell:
    """A feature is there or not; a limit or a kind of support says which."""
    if not cell.has:
        return document.Cell(of.say("document.not_included"), "no")
    if row.group == "limits" or row.key in (CHANNELS, RESPONSE):
        return document.Cell(typed(cell.label))
    return document.Cell(of.say("document.included"), "yes")
