"""The stages of an opportunity, and the moves between them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal, get_args

from services.trigger.judgement.facts.types import LossReason
from services.trigger.process import money
from services.trigger.process.bodies import Text
from services.trigger.process.deals.opportunity import CLOSED, HANDED_ON, Loss, Opportunity, Share
from services.trigger.process.lines import Line
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Entry, Made
from services.trigger.process.log.entry_type import EntryType, fields_of
from shared.values.bodies import Body
from shared.values.faults import Fault
from shared.values.moments import iso

Stage = Literal[
    "identified",
    "needs_discovery",
    "nurture",
    "qualified",
    "engaged",
    "proposal",
    "negotiation",
    "closed_won",
    "closed_lost",
    "disqualified",
]
STAGES: tuple[Stage, ...] = get_args(Stage)
EARLY = frozenset({"identified", "needs_discovery", "nurture"})
"""One slot: judgement's verdict says which of them it is."""
_LADDER = ({*EARLY}, {"qualified"}, {"engaged"}, {"proposal"}, {"negotiation"})
_SHORT = ({*EARLY}, {"engaged"})
"""Of a deal that keeps a customer on a lower plan."""
BY_VERDICT = {"not_yet": "identified", None: "identified"}


class MoveEntry(Body):
    """`reason`: required for a loss. `text`: required to disqualify."""

    type: Literal["move"]
    to: Stage
    reason: LossReason | None = None
    text: Text | None = None


def responsible(stage: str, role: str) -> str | None:
    """Whose turn it is; None: nobody's any more."""
    if stage == "closed_lost":
        return None
    return "sales" if stage in ("proposal", "negotiation") and role in HANDED_ON else "cs"


def verdict_stage(verdict: str | None) -> str:
    return BY_VERDICT.get(verdict, verdict or "")


def step(stage: str, state: Opportunity) -> int | None:
    """Where on the way it is; the disqualified stand at its beginning. None: not on it."""
    ladder = _SHORT if state.is_downsell else _LADDER
    if stage == "disqualified":
        return 0
    return next((n for n, slot in enumerate(ladder) if stage in slot), None)


def refusals(state: Opportunity, to: str, context: Context) -> Iterator[str]:
    """Why it may not be moved there by hand, each with its code."""
    if to == state.stage:
        yield f"same_stage: it is {to} already"
    elif to in ("closed_lost", "disqualified", "nurture"):
        return
    elif to == "closed_won":
        if not is_bought(state, context):
            yield "no_subscription_change: the subscription does not show it"
    elif to == "needs_discovery":
        yield "by_itself: the verdict leads there"
    else:
        yield from _along(state, to, context)


def _along(state: Opportunity, to: str, context: Context) -> Iterator[str]:
    here, there = step(state.stage, state), step(to, state)
    if there is None or here is None:
        yield f"not_next: {to} is not on the way of this deal"
        return
    if there < here or (there == here and to != "qualified"):
        return
    if to == "proposal":
        yield "use_propose: a proposal leads there"
        return
    if to == "qualified":
        if context.verdict != "qualified":
            yield f"not_qualified: the verdict is {context.verdict or 'unknown'}"
        return
    if there > here + 1:
        yield f"not_next: {state.stage} is not just before {to}"
    yield from _NEEDS[to](state)


def _engaged(state: Opportunity) -> Iterator[str]:
    if next(state.of("answer"), None) is None:
        yield "no_answer: no question is answered yet"


def _negotiation(state: Opportunity) -> Iterator[str]:
    if state.owner.role == "hybrid" and accepted_handoff(state) is None:
        yield "handoff_not_accepted: Sales has not accepted it"
    process = any(one.body.get("objection") == "budget_process" for one in state.of("objection"))
    approvals = list(state.of("approval"))
    if process and not (approvals and approvals[-1].body["approvers"]):
        yield "no_approver: the budget process needs somebody who approves"


_NEEDS = {"engaged": _engaged, "negotiation": _negotiation}


def accepted_handoff(state: Opportunity) -> Entry | None:
    """The newest hand-off, if it was accepted and not returned."""
    newest = next(reversed([*state.of("handoff")]), None)
    return newest if newest is not None and newest.body.get("action") == "accept" else None


def is_bought(state: Opportunity, context: Context) -> bool:
    running = context.question.facts.subscription
    if running is None:
        return False
    beside = (
        running.add_ons.get(line.item, 0) >= line.held + line.quantity
        for line in state.lines
        if not line.sells_plan and line.state == "open"
    )
    won = any(line.state == "won" for line in state.lines)
    plans = (line for line in state.lines if line.sells_plan and line.state == "open")
    bought = (_is_plan_bought(line, running.plan, context) for line in plans)
    return won or any(bought) or any(beside)


def _is_plan_bought(line: Line, plan: str, context: Context) -> bool:
    """The plan, or one further on the way up or down."""
    known, sought = context.catalog.plans.get(plan), context.catalog.plans.get(line.item)
    if known is None or sought is None or known.family != sought.family:
        return plan == line.item
    return known.rank <= sought.rank if line.type == "downsell" else known.rank >= sought.rank


def checks(_state: Opportunity, body: MoveEntry, _context: Context) -> Iterable[Fault]:
    if body.to == "closed_lost" and body.reason is None:
        yield Fault("/reason", "is missing: a loss has one")
    if body.to == "disqualified" and body.text is None:
        yield Fault("/text", "is missing: say why")


def guards(state: Opportunity, body: MoveEntry, context: Context) -> Iterable[Fault]:
    return [Fault("/to", reason) for reason in refusals(state, body.to, context)]


def made(state: Opportunity, body: MoveEntry, context: Context, _actor: Actor) -> Made:
    if body.to in CLOSED:
        return Made(closing(state, context, body.to, body.reason, body.text))
    return Made({**fields_of(body), "from": state.stage})


def closing(
    state: Opportunity,
    context: Context,
    to: str,
    reason: str | None = None,
    text: str | None = None,
) -> dict[str, Any]:
    """The move that ends a deal; `role`: whose it was; a won one says whose credit it is."""
    told = {"to": to, "from": state.stage, "role": state.owner.role}
    if to == "closed_lost":
        return {**told, "reason": reason, **({"text": text} if text else {})}
    shares = state.credit or default_credit(state, context)
    credit = [{"person": one.person, "pct": money.percent_text(one.pct)} for one in shares]
    return {**told, **({"text": text} if text else {}), "credit": credit}


def default_credit(state: Opportunity, context: Context) -> tuple[Share, ...]:
    if state.owner.role == "self_serve":
        return ()
    accepted, csm = accepted_handoff(state), context.account.csm
    if accepted is not None and csm is not None and accepted.body["to"] != csm.id:
        half = money.HUNDRED / 2
        return Share(csm.id, half), Share(accepted.body["to"], half)
    return (Share(state.owner.id, money.HUNDRED),) if state.owner.id else ()


def apply(state: Opportunity, entry: Entry) -> Opportunity:
    body, to = entry.body, entry.body["to"]
    state = replace(
        state,
        stage=to,
        stage_since=entry.at,
        set_by_person=entry.by.kind != "plimsoll",
        closed_at=entry.at if to in CLOSED else None,
    )
    if to == "closed_lost":
        loss = Loss(body["reason"], body.get("text"))
        return replace(state, loss=loss, lines=_settled(state.lines, "lost", entry))
    if to == "closed_won":
        ended = _settled(state.lines, "won", entry)
        return replace(state, credit=_shares(body["credit"]), lines=ended)
    return state


def _settled(held: Iterable[Line], ends: Literal["won", "lost"], entry: Entry) -> tuple[Line, ...]:
    """What is still open goes the way of the deal; of a won one, only what it was about."""
    return tuple(
        line
        if line.state != "open"
        else replace(line, state="won", won_at=iso(entry.at))
        if ends == "won" and line.sells_plan
        else replace(line, state="lost")
        for line in held
    )


def _shares(credit: Iterable[Mapping[str, str]]) -> tuple[Share, ...]:
    return tuple(Share(one["person"], Decimal(one["pct"])) for one in credit)


MOVE = EntryType("move", MoveEntry, checks=checks, guards=guards, made=made, apply=apply)
