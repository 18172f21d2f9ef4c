"""What a deal that is open lacks or waits for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args

from shared.values.periods import zone

Flag = Literal["no_next_step", "unowned", "proposal_expired", "handoff_waiting", "needs_quote"]
FLAGS: tuple[Flag, ...] = get_args(Flag)
WITH_NEXT_STEP = ("engaged", "proposal", "negotiation")
PATIENCE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Head:
    """What the row of an open deal says. `next_due`: the latest day any next step was due."""

    stage: str
    stage_since: datetime
    role: str
    owner: str | None
    next_due: date | None
    needs_quote: bool
    proposal_expired: bool
    handoff_waiting: bool


def flags(head: Head, now: datetime, time_zone: str) -> list[Flag]:
    return list(_flags(head, now, time_zone)) if not head.stage.startswith("closed") else []


def _flags(head: Head, now: datetime, time_zone: str) -> Iterator[Flag]:
    if head.stage in WITH_NEXT_STEP and now >= patient_since(head, time_zone) + PATIENCE:
        yield "no_next_step"
    if head.owner is None and head.role != "self_serve":
        yield "unowned"
    if head.proposal_expired:
        yield "proposal_expired"
    if head.handoff_waiting:
        yield "handoff_waiting"
    if head.needs_quote:
        yield "needs_quote"


def patient_since(head: Head, time_zone: str) -> datetime:
    """From when on the time without a next step counts."""
    if head.next_due is None:
        return head.stage_since
    day = datetime.combine(head.next_due, datetime.min.time(), zone(time_zone)).astimezone(UTC)
    return max(head.stage_since, day)
