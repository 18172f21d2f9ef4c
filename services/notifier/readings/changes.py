"""What has happened to a task in the CRM since it was read or written last. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from services.notifier.channels.base import TaskRead, TaskThere
from shared.values.moments import iso

SOONEST = timedelta(minutes=5)
"""What is due earlier is not worth putting off."""
LONGEST = timedelta(days=90)
"""How far ahead a task can sleep."""


@dataclass(frozen=True, slots=True)
class Change:
    """`owner`, `user`: the CRM's ids of whom it is told about."""

    type: Literal["task.taken", "task.snoozed", "task.done"]
    owner: str | None = None
    user: str | None = None
    until: datetime | None = None

    def data(self, key: str, by: str | None) -> dict[str, Any]:
        """Of the fact. `by`: an address."""
        data: dict[str, Any] = {"key": key}
        if self.until is not None:
            data["until"] = iso(self.until)
        return data if by is None else data | {"by": by}


def changes(before: TaskThere, read: TaskRead, now: datetime) -> Iterator[Change]:
    """What is not known of `before` has not changed. A task that is done is nothing else."""
    there = read.there
    if there.status == "done":
        if before.status != "done":
            yield Change("task.done", user=read.changed_by)
        return
    is_begun = there.status == "in_progress" and before.status in ("open", "done")
    is_handed = before.owner is not None and bool(there.owner) and there.owner != before.owner
    if is_begun or is_handed:
        yield Change("task.taken", owner=there.owner or None, user=read.changed_by)
    if (
        before.due_at is not None
        and there.due_at is not None
        and there.due_at > max(before.due_at, now + SOONEST)
    ):
        yield Change("task.snoozed", user=read.changed_by, until=min(there.due_at, now + LONGEST))
