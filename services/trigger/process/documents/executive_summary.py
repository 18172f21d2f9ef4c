"""One page for the person who decides: where they are, what is proposed, what it is worth."""

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal

from services.trigger.judgement.economics.cost_of_waiting import WaitCost, months_until, wait_cost
from services.trigger.judgement.findings.timing import renewal_date
from services.trigger.process import lines, money
from services.trigger.process.documents.situation import situation
from services.trigger.process.documents.subject import Subject
from services.trigger.process.documents.worth import Worth, remarks, worth
from services.trigger.process.lines import Line as Sold
from shared.values.quantities import EXACT
from shared.wording.document import (
    Figure,
    Figures,
    Line,
    Part,
    Row,
    Section,
    Table,
    row,
    typed,
)

_TENTH = Decimal("0.1")


def sections(of: Subject) -> tuple[Section, ...]:
    found = worth(of)
    clear = found is not None and found.is_clear(of.context.policy.clear_value_multiple)
    waiting = _waiting(found, of) if found is not None and clear else ()
    return (
        Section(of.say("document.situation"), situation(of)),
        Section(of.say("document.proposal"), tuple(_proposal(of))),
        *([Section(of.say("document.worth"), tuple(_worth(found, of)))] if found and clear else []),
        *([Section(of.say("document.waiting"), waiting)] if waiting else []),
        Section(of.say("document.approval"), tuple(_approval(of))),
        Section(of.say("document.next"), (_next(of),)),
    )


def _proposal(of: Subject) -> Iterator[Part]:
    sold = [promised(one) for one in of.state.lines if one.state != "lost"]
    year = lines.amount(sold)
    quoted = of.say("document.quoted")
    month = money.monthly(year, of.state.currency)
    yield Figures(
        (
            of.figure("document.plan", of.plan(of.target, of.state.to_plan)),
            of.figure("document.year", quoted if year is None else of.money(year)),
            of.figure("document.month", quoted if month is None else of.money(month)),
        )
    )
    columns = (of.say("document.item"), of.say("document.quantity"), of.say("document.year"))
    rows = [_sold(one, of) for one in sold]
    if len(rows) > 1 and year is not None:
        rows.append(row(of.say("document.total"), "", of.money(year), total=True))
    if rows:
        yield Table(columns, tuple(rows), figures=(1, 2))


def promised(line: Sold) -> Sold:
    """A discount that nobody has approved is not put on paper."""
    return line if line.approved else lines.undiscounted(line)


def _sold(line: Sold, of: Subject) -> Row:
    item = _item(line, of)
    if line.discount_pct:
        item = of.say("document.discounted", item=item, pct=str(line.discount_pct))
    year = of.say("document.quoted") if line.year is None else of.money(line.year)
    return row(item, f"{line.quantity:,}", year)


def _item(line: Sold, of: Subject) -> str:
    catalog = of.context.catalog
    if line.item in catalog.plans:
        to = of.plan(catalog.plans[line.item], line.item)
        return of.say("document.step", **{"from": of.plan(of.own, of.state.from_plan), "to": to})
    known = catalog.add_ons.get(line.item) or catalog.meters.get(line.item)
    return typed(line.item if known is None else known.name.in_(of.locale))


def _worth(found: Worth, of: Subject) -> Iterator[Part]:
    shown = found.shown
    assert shown is not None, "else it is not clear"
    headline = (
        of.say("document.return.free")
        if shown["headline"] is None
        else of.say("document.return.value", multiple=shown["headline"])
    )
    net = shown["net"]
    yield Figures(
        (
            of.figure("document.return", headline),
            of.figure("document.net.year", of.money(Decimal(net["year"]), shown["currency"])),
            of.figure("document.net.month", of.money(Decimal(net["month"]), shown["currency"])),
        )
    )
    yield from remarks(found, of)


def _waiting(found: Worth, of: Subject) -> tuple[Part, ...]:
    running, account = of.context.question.facts.subscription, of.context.account
    if running is None or of.state.is_closed:
        return ()
    day = renewal_date(running, account, of.context.at)
    months = months_until(of.context.today, day)
    if months <= 0:
        return ()
    cost: WaitCost = wait_cost(found.stated, months)
    said = of.say(
        "document.waiting.value",
        day=day.isoformat(),
        months=months,
        hours=str(cost.hours.quantize(_TENTH, ROUND_DOWN, EXACT)),
        amount={"amount": str(cost.amount), "currency": cost.currency},
    )
    return (Line(said),)


def _approval(of: Subject) -> Iterator[Part]:
    newest = list(of.state.of("approval"))[-1:]
    approvers = newest[0].body["approvers"] if newest else ()
    if not approvers:
        yield Line(of.say("document.approval.none"))
    else:
        columns = (of.say("document.approver"), of.say("document.approver.title"))
        rows = (row(typed(one["name"]), typed(one.get("title") or "")) for one in approvers)
        yield Table(columns, tuple(rows))
    day = newest[0].body.get("decide_on") if newest else None
    if newest:
        yield Figures(
            (of.figure("document.decide_on", of.day(day) if day else of.say("document.open")),)
        )


def _next(of: Subject) -> Part:
    step = of.state.next_step
    if step is None:
        return Line(of.say("document.next.none"))
    return Figures(
        (
            Figure(of.say("document.next.step"), of.say(f"document.next.{step['type']}")),
            of.figure("document.owner", of.who(step["owner"])),
            of.figure("document.next.due", of.day(step["due"])),
        )
    )
