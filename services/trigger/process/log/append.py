"""The logs of opportunities: what may be appended to one, and what the log comes to."""

from services.trigger.process.deals import consequences
from services.trigger.process.deals.opportunity import Opportunity, opened
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import JUDGEMENT, Draft
from services.trigger.process.log.kind import OTHER_BODY, Appended, LogKind
from services.trigger.process.log.types import TYPES

OPPORTUNITIES: LogKind[Opportunity] = LogKind("opportunity", TYPES, opened, consequences.follow)

fold, applied, append = OPPORTUNITIES.fold, OPPORTUNITIES.applied, OPPORTUNITIES.append
written, noted, begun = OPPORTUNITIES.written, OPPORTUNITIES.noted, OPPORTUNITIES.begun


def reconsidered(state: Opportunity, context: Context) -> Appended:
    """Something about the account is known that was not: the verdict may lead elsewhere."""
    to = None if state.is_closed else consequences.by_verdict(state, context)
    if to is None:
        return Appended(state, ())
    move = {"to": to, "from": state.stage, "verdict": context.verdict}
    return written(state, [Draft("move", move)], JUDGEMENT, context)


__all__ = [
    "OPPORTUNITIES",
    "OTHER_BODY",
    "Appended",
    "append",
    "applied",
    "begun",
    "fold",
    "noted",
    "reconsidered",
    "written",
]
