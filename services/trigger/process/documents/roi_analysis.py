"""The return on the step, line by line, so that anyone can compute it again (R-116)."""

from collections.abc import Iterator
from decimal import Decimal

from services.trigger.judgement.economics.value import INPUTS
from services.trigger.judgement.facts.record import Stated
from services.trigger.judgement.shapes import ValueCaseShown
from services.trigger.process.documents.subject import Subject
from services.trigger.process.documents.worth import Worth, remarks, worth
from shared.values.quantities import EXACT
from shared.wording.document import (
    Figure,
    Figures,
    Items,
    Line,
    Part,
    Row,
    Section,
    Table,
    row,
)


def sections(of: Subject) -> tuple[Section, ...]:
    found = worth(of)
    if found is None:
        needed = Items(tuple(of.say(f"document.input.{name}") for name in INPUTS))
        return (
            Section(of.say("document.missing"), (Line(of.say("document.missing.inputs")), needed)),
        )
    inputs = Section(of.say("document.inputs"), tuple(_inputs(found, of)))
    if found.shown is None:
        return inputs, Section(
            of.say("document.missing"), (Line(of.say("document.missing.price")),)
        )
    return (
        inputs,
        Section(of.say("document.calculation"), (Items(found.lines, numbered=True),)),
        Section(of.say("document.result"), (_result(found.shown, of),)),
        Section(of.say("document.version"), (_version(found, of),)),
    )


def _inputs(found: Worth, of: Subject) -> Iterator[Part]:
    columns = (
        of.say("document.input"),
        of.say("document.figure"),
        of.say("document.source"),
        of.say("document.said_by"),
    )
    yield Table(columns, tuple(_rows(found, of)))
    yield from remarks(found, of)


def _rows(found: Worth, of: Subject) -> Iterator[Row]:
    by = of.who(found.stated.said_by)
    for name, value in _values(found.stated, of):
        if name in found.assumed:
            yield row(
                of.say(f"document.input.{name}"),
                value,
                of.say("document.source.assumed"),
                "–",
                marked=True,
            )
        else:
            source = of.say(f"document.source.{found.stated.source}")
            yield row(of.say(f"document.input.{name}"), value, source, by)


def _values(stated: Stated, of: Subject) -> Iterator[tuple[str, str]]:
    if stated.members is not None:
        yield "members", of.say("document.input.people", count=stated.members)
    hours = {
        "hours": str(stated.hours),
        "period": stated.hours_period,
        "basis": stated.hours_basis,
    }
    yield "hours", of.say("document.input.hours.value", **hours)
    yield "hourly_rate", of.money(stated.hourly_rate, stated.currency)
    if stated.automation_rate is not None:
        percent = EXACT.multiply(stated.automation_rate, Decimal(100))
        yield "automation_rate", of.say("document.input.percent", percent=str(percent))


def _result(shown: ValueCaseShown, of: Subject) -> Figures:
    net = of.money(Decimal(shown["net"]["year"]), shown["currency"])
    multiple = (
        of.say("document.return.free")
        if shown["multiple"] is None
        else of.say("document.return.value", multiple=shown["multiple"])
    )
    return Figures(
        (
            of.figure("document.multiple", multiple),
            of.figure("document.net.year", net),
            of.figure("document.payback", _payback(shown["payback_days"], of)),
        )
    )


def _payback(days: int | None, of: Subject) -> str:
    if days is None:
        return of.say("document.payback.never")
    return (
        of.say("document.payback.one") if days == 1 else of.say("document.payback.value", days=days)
    )


def _version(found: Worth, of: Subject) -> Figures:
    day = of.figure("document.day", of.day(found.day))
    if found.version is None:
        return Figures((day,))
    return Figures(
        (Figure(of.say("document.version"), of.say("document.version.value", n=found.version)), day)
    )
