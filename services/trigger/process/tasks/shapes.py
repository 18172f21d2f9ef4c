"""Answers about tasks, as models."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from services.trigger.process.tasks.task import TaskState, TaskType
from shared.answers import MomentText
from shared.messages import Priority


class TaskLinesShown(TypedDict):
    """The five lines, in the reader's language."""

    happened: str
    why_now: str
    say: str
    do_not_say: str
    next_step: str


class TaskOwnerShown(TypedDict):
    """`id` null: nobody has it."""

    role: Literal["cs", "sales"]
    id: str | None
    name: str | None


class CrmCopyShown(TypedDict):
    """The task's copy in a CRM."""

    channel: str
    external_id: str


class TaskShown(TypedDict):
    """`about`: what the reason is about, such as a meter or a plan. `overdue`: it should be done by
    now; what is snoozed is not. `revision`: the number of its newest entry.
    """

    id: str
    account: str
    account_name: NotRequired[str]
    type: TaskType
    reason: str
    about: str | None
    title: str
    lines: TaskLinesShown
    priority: Priority
    state: TaskState
    owner: TaskOwnerShown
    opened_at: MomentText
    due_at: MomentText
    overdue: bool
    snoozed_until: MomentText | None
    snooze_reason: str | None
    escalated_at: MomentText | None
    opportunity: str | None
    alert: str | None
    decision: str | None
    closed_at: MomentText | None
    crm: list[CrmCopyShown]
    revision: int
