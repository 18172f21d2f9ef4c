"""A value case from figures that are tried out, together with the customer (R-124). Nothing of it
is remembered.
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal

import msgspec

from services.trigger.judgement.case import Case
from services.trigger.judgement.economics.value import ValueCase, value_case
from services.trigger.judgement.facts import intake
from services.trigger.judgement.facts.types import ValueStated

Refusal = Literal["no_next_plan", "no_price", "currency"]


def tried(case: Case, data: ValueStated, now: datetime) -> ValueCase | Refusal:
    """What the step up would be worth by these figures; otherwise why nothing can be computed."""
    plan, above = case.plan, case.next_plan
    if plan is None or above is None:
        return "no_next_plan"
    if data.currency != above.currency:
        return "currency"
    stated = intake.stated_of(data, now, "tried")
    record = msgspec.structs.replace(case.facts.record, stated=stated)
    found = value_case(replace(case, facts=replace(case.facts, record=record)))
    return found or "no_price"
