"""Whether a person may propose a deal to the customer now, each reason with its code."""

from collections.abc import Iterator

from services.trigger.accounts import Contact
from services.trigger.process import stages
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.proposal.question import blocking
from services.trigger.process.talk import questions
from services.trigger.process.talk.speech import spoken
from services.trigger.process.voices import two_voices
from shared.values.faults import Fault


def refusals(
    state: Opportunity,
    context: Context,
    *,
    by_mail: bool = False,
    readers: tuple[str, ...] = (),
    angle: str | None = None,
) -> Iterator[Fault]:
    """`readers`: who would get the mail."""
    for reason in (
        *_not_next(state, context),
        *_unasked(state),
        *_not_handed_on(state),
        *(f"gate_blocked: {gate}" for gate in blocking(state, context.question, by_mail=by_mail)),
        *_unpriced(state),
        *(two_voices(state, context) if by_mail else ()),
    ):
        yield Fault("/type", reason)
    if angle is not None and angle not in _true(state, context):
        yield Fault("/angle", f"angle_not_true: {angle}")
    if by_mail and not readers:
        yield Fault("/contacts", "no_reader: nobody there may buy and wants to be asked")


def _not_next(state: Opportunity, context: Context) -> Iterator[str]:
    if context.question.plan is None:
        yield "no_subscription: there is nothing to build on"
    here, engaged = (stages.step(one, state) for one in (state.stage, "engaged"))
    if stages.step("proposal", state) is None:
        yield "not_next: proposal is not on the way of this deal"
    elif here is None or engaged is None or here < engaged:
        yield f"not_next: {state.stage} is before engaged"


def _unasked(state: Opportunity) -> Iterator[str]:
    """Nobody talks in self-service."""
    if state.owner.role == "self_serve":
        return
    given = questions.answers(state)
    for key in questions.DISCOVERY:
        if key not in given:
            yield f"discovery_incomplete: {key}"


def _not_handed_on(state: Opportunity) -> Iterator[str]:
    if state.owner.role == "hybrid" and stages.accepted_handoff(state) is None:
        yield "handoff_not_accepted: Sales has not accepted it"


def _unpriced(state: Opportunity) -> Iterator[str]:
    lines = [one for one in state.lines if one.state != "lost"]
    for one in lines:
        if not one.approved:
            yield f"discount_unapproved: {one.item}"
    for one in lines:
        if one.year is None:
            yield f"no_price: {one.item}"


def _true(state: Opportunity, context: Context) -> set[str]:
    return {one.key for one in spoken(state, context)}


def may_read(context: Context) -> list[Contact]:
    """Who may buy, has not refused offers, and has an address."""
    facts = context.question.facts
    refusing = facts.refusing
    return [one for one in facts.buyers if one.id not in refusing and one.email]
