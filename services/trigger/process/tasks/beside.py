"""The task of what may be sold beside a plan that was decided on (R-220). Pure."""

from collections.abc import Sequence

from services.trigger.judgement.findings.cross_sell import Suggestion
from services.trigger.judgement.words.proposal import named, say
from services.trigger.process.log.entries import TaskOpened
from shared.catalog import Plan
from shared.messages.facts import TaskFacts

CROSS_SELL = "cross_sell"


def asked(plan: Plan, found: Sequence[Suggestion]) -> TaskOpened:
    """Never sent to the customer by itself: a person mentions it, or does not."""
    name = named(plan.name)
    words = TaskFacts(
        happened=(say("signal.decided", plan=name),),
        why_now=(say("why.decided"),),
        say=tuple(
            say("cross_sell.beside", plan=name, item=named(one.add_on.name)) for one in found
        ),
        do_not_say=(say("avoid.claims"),),
        next_step=(say("next.cross_sell"),),
    )
    return TaskOpened(CROSS_SELL, plan.id, words)
