"""Why there are tasks: the kind of each reason, whose it is, how urgent, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.trigger.process.tasks.task import TaskType
from shared.messages import Priority

Whose = Literal["csm", "csm_or_sales", "sales", "deal", "named"]
"""`deal`: its opportunity's owner; `named`: who opens it says whose."""


@dataclass(frozen=True, slots=True)
class Reason:
    """`days`: the field of `policy.process` with the business days until it is due, where the
    priority does not say it.
    """

    type: TaskType
    whose: Whose
    priority: Priority = "medium"
    days: Literal["accept_days", "contact_days"] | None = None


BY_HAND, ESCALATION, USAGE = "by_hand", "escalation", "usage"
REASONS: Mapping[str, Reason] = {
    USAGE: Reason("expansion", "csm"),
    "opportunity": Reason("expansion", "csm_or_sales"),
    "retention": Reason("risk", "csm", "high"),
    "support_reinforcement": Reason("risk", "csm", "high"),
    "onboarding": Reason("lifecycle", "csm", "high"),
    "training": Reason("lifecycle", "csm", "high"),
    "adoption": Reason("lifecycle", "csm", "high"),
    "review": Reason("lifecycle", "csm"),
    "seats": Reason("lifecycle", "csm"),
    "satisfaction": Reason("lifecycle", "csm", "low"),
    "handoff": Reason("expansion", "named", "high", "accept_days"),
    "handoff_due": Reason("expansion", "csm", "high"),
    "handoff_returned": Reason("expansion", "csm", "high"),
    "first_contact": Reason("expansion", "sales", "medium", "contact_days"),
    "goal": Reason("expansion", "deal"),
    "trial_ending": Reason("expansion", "deal", "high"),
    "cross_sell": Reason("expansion", "csm", "low"),
    "competitor": Reason("risk", "csm", "high"),
    "implementation": Reason("lifecycle", "csm"),
    "unreachable": Reason("lifecycle", "csm", "high"),
    ESCALATION: Reason("expansion", "named", "high"),
    BY_HAND: Reason("lifecycle", "named"),
}
