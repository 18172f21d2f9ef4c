"""Entries about what a deal sells: its lines, the discounts that were allowed."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from services.trigger.process import lines
from services.trigger.process.bodies import Amount, Count, Identifier, Percent
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.lines import Line, Shop
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Entry, Made
from services.trigger.process.log.entry_type import EntryType
from services.trigger.process.people import leads
from shared.values.bodies import Body
from shared.values.faults import Fault


class LineEntry(Body):
    """Adds a line, or alters the open one of the same item; `"state": "lost"` drops it.

    `year`: what was agreed on where the list has no price.
    """

    type: Literal["line"]
    item: Identifier
    quantity: Count | None = None
    discount_pct: Percent | None = None
    year: Amount | None = None
    state: Literal["lost"] | None = None


class ApproveEntry(Body):
    """Allows the discount of the open line of this item."""

    type: Literal["approve"]
    item: Identifier


def shop(state: Opportunity, context: Context) -> Shop:
    """What `to_plan` sells beside itself; where that is the own plan, what that one sells."""
    plan = context.catalog.plans.get(state.to_plan)
    assert plan is not None or context.plan is not None, "a deal is about a plan that is sold"
    return Shop(
        context.catalog,
        plan or context.plan,  # type: ignore[arg-type] # see above
        context.plan,
        context.question.facts.subscription,
    )


def _checks(state: Opportunity, body: LineEntry, context: Context) -> Iterable[Fault]:
    known = state.line(body.item) is not None
    if not known and (body.state == "lost" or not _sells(state, body.item, context)):
        yield Fault("/item", "is not sold in this deal")


def _sells(state: Opportunity, item: str, context: Context) -> bool:
    return state.to_plan in context.catalog.plans and shop(state, context).sells(item)


def _guards(state: Opportunity, body: LineEntry, _context: Context) -> Iterable[Fault]:
    if body.state == "lost" and sum(one.state == "open" for one in state.lines) == 1:
        yield Fault("/item", "last_line: lose the deal instead")


def _made(state: Opportunity, body: LineEntry, context: Context, _actor: Actor) -> Made:
    known = state.line(body.item)
    if body.state == "lost":
        assert known is not None, "checked"
        return Made(replace(known, state="lost").stored())
    return Made(_wanted(state, body, known, context).stored())


def _wanted(state: Opportunity, body: LineEntry, known: Line | None, context: Context) -> Line:
    discount = body.discount_pct
    if discount is None:
        discount = known.discount_pct if known else lines.NOTHING
    named = body.year if body.year is not None else known.year if known else None
    quantity = body.quantity or (known.quantity if known else None)
    id = known.id if known else str(len(state.lines) + 1)
    line = shop(state, context).line(id, body.item, quantity, discount, named)
    if known is not None:
        line = replace(line, held=known.held)
        if known.discount_pct == line.discount_pct:
            return replace(line, approved=known.approved)
    promised = lines.is_promised(line, state.owner.role, context.policy)
    return replace(line, approved=promised)


def _apply(state: Opportunity, entry: Entry) -> Opportunity:
    return replace(state, lines=lines.added(state.lines, Line.of(entry.body)))


def _approvable(state: Opportunity, body: ApproveEntry, _context: Context) -> Iterable[Fault]:
    if state.line(body.item) is None:
        yield Fault("/item", "no open line is about it")


def _approved(state: Opportunity, body: ApproveEntry, _context: Context, _actor: Actor) -> Made:
    line = state.line(body.item)
    assert line is not None, "checked"
    return Made(replace(line, approved=True).stored())


def _leads(state: Any, _body: Any, person: Any) -> str | None:
    return leads(person, state.owner.id)


LINE = EntryType("line", LineEntry, checks=_checks, guards=_guards, made=_made, apply=_apply)
APPROVE = EntryType(
    "approve", ApproveEntry, who=_leads, checks=_approvable, made=_approved, apply=_apply
)
