"""What may be said for the plan of a deal now."""

from services.trigger.process.angles import Angle, angles
from services.trigger.process.deals.opportunity import Opportunity
from services.trigger.process.log.context import Context
from services.trigger.process.talk.wants import refuted


def spoken(state: Opportunity, context: Context) -> tuple[Angle, ...]:
    """Nothing about what they have said they do not need."""
    target = context.catalog.plans.get(state.to_plan)
    if target is None:
        return ()
    unwanted = refuted(state, context)
    return tuple(
        one
        for one in angles(context.question, target)
        if one.key != "unlock" or ("feature", one.evidence["feature"]) not in unwanted
    )
