"""What a raise changes of a task that stands in HubSpot. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.notifier.channels.hubspot.draft import (
    COMPLETED,
    IN_PROGRESS,
    NOT_STARTED,
    Draft,
    TaskOrder,
    differing,
    due_properties,
    moment,
    opening_properties,
)


@dataclass(frozen=True, slots=True)
class Raise:
    """What a raise does to a task. `order`: with the due date that it shall have."""

    order: TaskOrder
    standing: Mapping[str, object]
    reopens: bool
    is_moved: bool

    def properties(self, draft: Draft, text: dict[str, str]) -> dict[str, str]:
        """What has to be written; of a task with a log, only what does not stand there already."""
        log, given = self.order.log, text
        if self.reopens:
            given = given | opening_properties(self.order, draft.owner)
        else:
            if self.is_moved:
                given = given | due_properties(self.order)
            if draft.owner is not None:
                given = given | {"hubspot_owner_id": draft.owner}
        if log is None:
            return given
        if log.starts and self.standing.get("hs_task_status") in (None, NOT_STARTED):
            given = given | {"hs_task_status": IN_PROGRESS}
        return differing(given, self.standing)


def raise_of(order: TaskOrder, standing: Mapping[str, object]) -> Raise:
    log, done = order.log, is_finished(standing)
    reopens = done and (order.climbs or (log is not None and log.reopens))
    before = moment(standing.get("hs_timestamp"))
    if before is not None and not reopens:
        order = order.due(_due(order, before, done=done))
    return Raise(order, standing, reopens, order.due_at != before and not done)


def _due(order: TaskOrder, before: datetime, *, done: bool) -> datetime:
    """`before`: the date that it has there."""
    if order.log is not None:
        return order.due_at if order.log.moves and not done else before
    return before if done or order.eases else min(before, order.due_at)


def is_finished(standing: Mapping[str, object]) -> bool:
    return standing.get("hs_task_status") == COMPLETED
