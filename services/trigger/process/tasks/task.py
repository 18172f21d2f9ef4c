"""The state of a task: what its entries come to, and what the first of them says.

All of it is in the task's row, so that nothing has to fold a log again to append to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from services.trigger.process.deals.opportunity import Owner, moment
from services.trigger.process.log.entries import Entry
from shared.messages import Priority

TaskType = Literal["expansion", "risk", "lifecycle"]
TaskState = Literal[
    "open", "in_progress", "snoozed", "closed_success", "closed_no_success", "closed_invalid"
]
AWAKE = frozenset({"open", "in_progress"})
RANK: Mapping[Priority, int] = {"high": 0, "medium": 1, "low": 2}
"""The order of priorities, most urgent first."""


@dataclass(frozen=True, slots=True)
class Task:
    """`about`: a meter, a plan, a gate, …; empty for nothing in particular. `words`: title and five
    lines (`words.py`). `slept_in`: the state to wake up to. `revision`: the newest entry's number;
    `raised`, `reopened`: the numbers of the newest ones with which there was something to do, or
    more than before, and with which it began again (0: never).
    """

    id: str
    account: str
    type: TaskType
    reason: str
    about: str
    words: Mapping[str, Any]
    priority: Priority
    owner: Owner
    opened_at: datetime
    due_at: datetime
    opportunity: str | None = None
    alert: str | None = None
    decision: str | None = None
    state: TaskState = "open"
    slept_in: TaskState | None = None
    snoozed_until: datetime | None = None
    snooze_reason: str | None = None
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    revision: int = 1
    raised: int = 1
    reopened: int = 0

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def standing(self) -> str:
        return self.state

    def grown(self, entry: Entry) -> "Task":
        return replace(self, revision=entry.seq)

    def is_overdue(self, now: datetime) -> bool:
        """What sleeps is not."""
        return self.state in AWAKE and now >= self.due_at


def opened(entry: Entry, account: str, subject: str) -> Task:
    """The state that the first entry of a log describes."""
    body = entry.body
    return Task(
        id=subject,
        account=account,
        type=body["type"],
        reason=body["reason"],
        about=body["about"],
        words=body["words"],
        priority=body["priority"],
        owner=Owner(**body["owner"]),
        opened_at=entry.at,
        due_at=datetime.fromisoformat(body["due_at"]),
        opportunity=body.get("opportunity"),
        alert=body.get("alert"),
        decision=body.get("decision"),
    )


def raised(state: Task, entry: Entry) -> Task:
    """There is one cause more: other words, perhaps more urgent; who sleeps sleeps on."""
    body = entry.body
    return replace(
        state,
        words=body["words"],
        priority=body["priority"],
        due_at=datetime.fromisoformat(body["due_at"]),
        opportunity=body.get("opportunity") or state.opportunity,
        alert=body.get("alert") or state.alert,
        decision=body.get("decision") or state.decision,
        raised=entry.seq,
    )


def reopened(state: Task, entry: Entry) -> Task:
    return replace(
        raised(state, entry),
        state="open",
        slept_in=None,
        snoozed_until=None,
        snooze_reason=None,
        closed_at=None,
        reopened=entry.seq,
    )


def started(state: Task, _entry: Entry) -> Task:
    return replace(state, state="in_progress")


def asleep(state: Task, entry: Entry) -> Task:
    return replace(
        state,
        state="snoozed",
        slept_in=state.state,
        snoozed_until=moment(entry.body["snoozed_until"]),
        snooze_reason=entry.body["reason"],
    )


def awake(state: Task, entry: Entry) -> Task:
    return replace(
        state,
        state=state.slept_in or "open",
        slept_in=None,
        snoozed_until=None,
        snooze_reason=None,
        due_at=datetime.fromisoformat(entry.body["due_at"]),
    )


def due_moved(state: Task, entry: Entry) -> Task:
    return replace(state, due_at=datetime.fromisoformat(entry.body["due_at"]))


def escalated(state: Task, entry: Entry) -> Task:
    return replace(state, escalated_at=entry.at)


def ended(state: Task, entry: Entry) -> Task:
    closed: Mapping[str, TaskState] = {
        "success": "closed_success",
        "no_success": "closed_no_success",
        "invalid": "closed_invalid",
    }
    return replace(
        state,
        state=closed[entry.body["outcome"]],
        slept_in=None,
        snoozed_until=None,
        snooze_reason=None,
        closed_at=entry.at,
    )
